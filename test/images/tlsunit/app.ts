/** A test image: the cases about TLS sessions, which need certificates, time, and a heap of their own. */
import { run } from "unit/harness";
import "unit/tls-handshake.test";
import "unit/tls-verify.test";
import "unit/tls-data.test";
import "unit/tls-hostile.test";
import "unit/tls-memory.test";
import "unit/tls-resume.test";

export default function start(): void {
  run();
}
