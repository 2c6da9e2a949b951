/** Streams of files. */
import { Bytes } from "lws/platform/bytes";
import { FileStreams } from "lws/secure-streams/file";
import { Ret } from "lws/secure-streams/handlers";
import { Streams } from "lws/secure-streams/streams";
import type { File, FileFault, FileSystem, Reader } from "lws/vfs/file";
import { equal, test } from "../harness";
import { shared as context, Recorder, TestPolicy, turns } from "./bed";

function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  Bytes.put(text, bytes, 0);
  return bytes;
}

/** Content that is made while it is read, and may turn out to be damaged. */
class Slow implements Reader {
  isClosed = false;
  constructor(private left: number) {}
  read(into: Uint8Array, from: number, to: number): number {
    if (this.left < 0) throw new Error("damaged");
    const count = Math.min(this.left, to - from, 700);
    into.fill(0x61, from, from + count);
    this.left -= count;
    return count;
  }
  close(): void {
    this.isClosed = true;
  }
}

class Shelf implements FileSystem {
  readonly version = "1";
  readonly modified = 0;
  readers: Slow[] = [];

  open(path: string): File | FileFault | undefined {
    const file = (text: string): File => ({
      source: bytesOf(text),
      encoding: undefined,
      mark: "",
      length: text.length,
    });
    if (path === "www/hello") return file("hello");
    if (path === "www/empty") return file("");
    if (path === "www/long") return file("x".repeat(3000));
    if (path === "www/part") return { ...file("0123456789"), length: 4, member: { from: 3, to: 7 } };
    if (path === "www/damaged") return "ARCHIVE_DAMAGED";
    const size = path === "www/made" ? 1500 : path === "www/broken" ? -1 : undefined;
    if (size === undefined) return undefined;
    const reader = new Slow(size);
    this.readers.push(reader);
    return { ...file(""), member: { from: 0, to: 0, reader: () => reader } };
  }
}

class Library {
  readonly user = new Recorder();
  readonly shelf = new Shelf();
  readonly streams = new Streams({
    context,
    policy: new TestPolicy({ page: { protocol: "file", endpoint: "file://www/${name}", metadata: ["name", ""] } }),
    adapters: { file: new FileStreams({ context, files: this.shelf }) },
  });

  /** What a user hears of a file. */
  async read(name: string, time = 20): Promise<string> {
    const stream = this.streams.create("page", this.user, { user: undefined });
    stream.setMeta("name", name);
    stream.connect();
    await turns(time);
    stream.destroy();
    return this.user.said;
  }
}

const UP = "CREATING CONNECTING CONNECTED";
const GOOD = "QOS_ACK_REMOTE DISCONNECTED DESTROYING";
const NONE = "CREATING CONNECTING UNREACHABLE ALL_RETRIES_FAILED DESTROYING";

test("file: it comes in pieces, and then the transaction is good", async () => {
  const library = new Library();
  equal(await library.read("hello"), `${UP} rx(hello,3) ${GOOD}`);
  equal(await library.read("empty"), `${UP} rx(,3) ${GOOD}`);
  equal(await library.read("part"), `${UP} rx(3456,3) ${GOOD}`);
  const x = (count: number) => "x".repeat(count);
  equal(await library.read("long"), `${UP} rx(${x(1400)},1) rx(${x(1400)},0) rx(${x(200)},2) ${GOOD}`);
  const a = (count: number) => "a".repeat(count);
  equal(await library.read("made"), `${UP} rx(${a(700)},1) rx(${a(700)},0) rx(${a(100)},0) rx(,2) ${GOOD}`);
  equal(library.shelf.readers[0]?.isClosed, true);
  equal(library.streams.trust.length, 0);
});

test("file: what is not there, is damaged, or lies elsewhere", async () => {
  const library = new Library();
  for (const name of ["nothing", "damaged", "", "../secret", "a/../../secret", "./hello", "/hello"]) {
    equal(await library.read(name), NONE, name);
  }
  equal(await library.read("broken"), `${UP} QOS_NACK_REMOTE DISCONNECTED DESTROYING`);
  equal(library.shelf.readers[0]?.isClosed, true);
});

test("file: it is read again by who asks again, and not by who has had enough", async () => {
  const library = new Library();
  const stream = library.streams.create("page", library.user, { user: undefined });
  stream.setMeta("name", "hello");
  stream.requestTx();
  await turns(15);
  stream.connect();
  await turns(15);
  const again = "CONNECTING CONNECTED rx(hello,3) QOS_ACK_REMOTE DISCONNECTED";
  equal(library.user.said, `CREATING POLL ${again} ${again}`);
  stream.setMeta("name", "made");
  library.user.on("rx", () => Ret.destroy);
  stream.connect();
  await turns(15);
  equal(library.user.said, `CONNECTING CONNECTED rx(${"a".repeat(700)},1) DISCONNECTED DESTROYING`);
  equal(library.shelf.readers[0]?.isClosed, true);
  equal(library.streams.length, 0);
});

test("file: no more is read than there is credit for", async () => {
  const library = new Library();
  const stream = library.streams.create("page", library.user, { user: undefined, initialRxCredit: 2 });
  stream.setMeta("name", "hello");
  stream.connect();
  await turns(15);
  equal(library.user.said, `${UP} rx(he,1)`);
  stream.addRxCredit(100);
  await turns(15);
  equal(library.user.said, "rx(llo,2) QOS_ACK_REMOTE DISCONNECTED");
  stream.destroy();
});
