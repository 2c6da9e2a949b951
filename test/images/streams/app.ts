/** A test image: the cases about Secure Streams, and what they stand on. */
import { run } from "unit/harness";
import "unit/secure-streams/attempts.test";
import "unit/secure-streams/captive-portal.test";
import "unit/secure-streams/ladder.test";
import "unit/secure-streams/legal.test";
import "unit/secure-streams/limits.test";
import "unit/secure-streams/retry.test";
import "unit/secure-streams/states.test";
import "unit/secure-streams/stream.test";
import "unit/secure-streams/tokens.test";
import "unit/secure-streams/trust.test";
import "unit/secure-streams/trust-fails.test";
import "unit/secure-streams/values.test";
import "unit/ws-client.test";

export default function start(): void {
  run();
}
