/** A test image: the cases of the unit suite, on the engine and in the heap that they are written for. */
import type { Context } from "lws/core/context";
import { run } from "unit/harness";
import "unit/answer.test";
import "unit/bind-mount.test";
import "unit/blobs.test";
import "unit/boot.test";
import "unit/bus.test";
import "unit/bytes-read.test";
import "unit/bytes-write.test";
import "unit/certificate.test";
import "unit/certificates.test";
import "unit/challenge.test";
import "unit/cookie-date.test";
import "unit/deflate.test";
import "unit/digest.test";
import "unit/errors.test";
import "unit/form.test";
import "unit/identity.test";
import "unit/image.test";
import "unit/join-policy.test";
import "unit/ladder.test";
import "unit/log.test";
import "unit/md5.test";
import "unit/messages.test";
import "unit/mount.test";
import "unit/mqtt-packet.test";
import "unit/mqtt-reader.test";
import "unit/multipart.test";
import "unit/path.test";
import "unit/scan-list.test";
import "unit/scheduler.test";
import "unit/sessions.test";
import "unit/signature.test";
import "unit/slots.test";
import "unit/sntp.test";
import "unit/state.test";
import "unit/trailer.test";
import "unit/url.test";
import "unit/urlencoded.test";
import "unit/version.test";

export default function start(_context: Context): void {
  run();
}
