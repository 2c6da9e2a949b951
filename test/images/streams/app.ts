/** A test image: the cases about Secure Streams, and what they stand on. */
import { run } from "unit/harness";
import "unit/secure-streams/accepted.test";
import "unit/secure-streams/accepted-legal.test";
import "unit/secure-streams/attempts.test";
import "unit/secure-streams/captive-portal.test";
import "unit/secure-streams/fetch-policy.test";
import "unit/secure-streams/file.test";
import "unit/secure-streams/ladder.test";
import "unit/secure-streams/legal.test";
import "unit/secure-streams/limits.test";
import "unit/secure-streams/links.test";
import "unit/secure-streams/parts.test";
import "unit/secure-streams/policy-overlay.test";
import "unit/secure-streams/policy-reader.test";
import "unit/secure-streams/races.test";
import "unit/secure-streams/replace.test";
import "unit/secure-streams/retry.test";
import "unit/secure-streams/sink.test";
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
