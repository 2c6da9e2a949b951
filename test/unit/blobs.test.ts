/** What a system knows of itself. */
import { Bytes } from "lws/platform/bytes";
import { Blob, Blobs, secret } from "lws/system/blobs";
import { equal, test, throws } from "./harness";

const identity = { serial: "A1B2C3", model: "lamp" };

function fresh(ntpServer?: () => string): Blobs {
  const blobs = new Blobs({ identity, namespace: "unit-blobs", ...(ntpServer && { ntpServer }) });
  for (let blob = 0; blob <= Blob.auth5; blob++) blobs.store(blob, undefined);
  return blobs;
}

test("blobs: what nobody has set is absent, but for what the unit knows", () => {
  const blobs = fresh(() => "time.example");
  equal(blobs.serial(), "A1B2C3");
  equal(blobs.model(), "lamp");
  equal((blobs.version() ?? "") !== "", true, "version");
  equal(blobs.text(Blob.ntpServer), "time.example");
  equal(blobs.auth(0), undefined);
  equal(blobs.size(Blob.key), 0);
  equal(blobs.text(Blob.mqttId), undefined);
  equal(fresh().text(Blob.ntpServer), undefined);
});

test("blobs: what is stored comes before what is known, and what was set before both", () => {
  const blobs = fresh();
  blobs.store(Blob.serial, "stored");
  equal(blobs.serial(), "stored");
  equal(new Blobs({ identity, namespace: "unit-blobs" }).serial(), "stored", "after a start");
  blobs.set(Blob.serial, "set");
  equal(blobs.serial(), "set");
  equal(new Blobs({ identity, namespace: "unit-blobs" }).serial(), "stored");
  blobs.set(Blob.serial, undefined);
  equal(blobs.serial(), "stored");
  blobs.set(Blob.serial, "set");
  blobs.store(Blob.serial, undefined);
  equal(blobs.serial(), "A1B2C3");
});

test("blobs: bytes of any kind, read from any offset", () => {
  const blobs = fresh();
  const bytes = new Uint8Array([0, 255, 1, 254, 2]);
  blobs.store(Blob.key, bytes);
  bytes[0] = 9;
  const into = new Uint8Array(4);
  equal(blobs.size(Blob.key), 5);
  equal(blobs.read(Blob.key, 0, into, 0, 4), 4);
  equal(into.join(" "), "0 255 1 254");
  equal(blobs.read(Blob.key, 3, into, 1, 4), 2);
  equal(into.join(" "), "0 254 2 254");
  equal(blobs.read(Blob.key, 5, into, 0, 4), 0, "at its end");
  equal(blobs.read(Blob.key, 50, into, 0, 4), 0, "behind it");
  equal(blobs.read(Blob.certificate, 0, into, 0, 4), 0, "absent");
  equal(blobs.text(Blob.key), undefined, "no UTF-8");
  const value = new Uint8Array(Bytes.size("copied"));
  Bytes.put("copied", value, 0);
  blobs.set(Blob.auth1, value);
  value[0] = 0;
  equal(blobs.auth(1), "copied");
});

test("blobs: six secrets, by the index that a policy names", () => {
  const blobs = fresh();
  for (let index = 0; index < 6; index++) blobs.set(secret(index), `secret ${index}`);
  for (let index = 0; index < 6; index++) equal(blobs.auth(index), `secret ${index}`);
  equal(blobs.text(Blob.auth5), "secret 5");
  equal(blobs.auth(6), undefined);
  equal(blobs.auth(-1), undefined);
  blobs.set(secret(3), undefined);
  equal(blobs.auth(3), undefined);
  equal(blobs.auth(4), "secret 4");
});

test("blobs: where there is no room, that is said and the old one stays", () => {
  const blobs = fresh();
  blobs.store(Blob.certificate, "old");
  throws(() => blobs.store(Blob.certificate, new Uint8Array(30_000)), "STORAGE_");
  equal(blobs.text(Blob.certificate), "old");
});
