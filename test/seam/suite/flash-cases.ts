/** Partitions and the choice of the image that boots. What is written to is the slot of the setup image: the suite runs in that of the application. */
import { Chip } from "lws/platform/chip";
import { Digest } from "lws/platform/digest";
import { BLOCK, Boot, Partition } from "lws/platform/flash";
import { attempt, type Suite, say } from "./suite";

const LABEL = "factory";
const HEADER = 24;
const DATA = HEADER + 8;
/** Two descriptors, and the head of an archive without entries, which the virtual device wants to see. */
const SEGMENT = 256 + 128 + 16;
/** Where the checksum ends a block of 16 bytes. */
const BODY = 448;
const HASH = 32;

/** The smallest image that is whole: a header, one segment, checksum and hash. It is for memory, so that it may lie anywhere in flash. */
function tinyImage(chip: number): Uint8Array {
  const image = new Uint8Array(BODY + HASH);
  image.set([0xe9, 1, 2, 0x20]);
  image.set([chip & 255, chip >> 8], 12);
  image.set([255, 255], 17);
  image[23] = 1;
  image.set([0, 0, 0xfb, 0x3f, SEGMENT & 255, SEGMENT >> 8, 0, 0], HEADER);
  image.set([0x32, 0x54, 0xcd, 0xab], DATA);
  image.set([0x4c, 0x57, 0x53, 0x58, 1, 0, 0, 0, 0, 0, 0, 0, 16], DATA + SEGMENT - 16);
  let checksum = 0xef;
  for (let i = 0; i < SEGMENT; i++) checksum ^= image[DATA + i] as number;
  image[BODY - 1] = checksum;
  const digest = new Digest("SHA-256");
  digest.write(image, 0, BODY);
  image.set(new Uint8Array(digest.close()), BODY);
  return image;
}

/** What the boot loader thinks of an image. */
function verdict(partition: Partition, image: Uint8Array): string {
  partition.erase(0, BLOCK);
  partition.write(0, image, 0, image.length);
  return partition.verify();
}

function withPartition(work: (partition: Partition) => void): void {
  const partition = new Partition(LABEL);
  try {
    work(partition);
  } finally {
    partition.close();
  }
}

export function addFlashCases(suite: Suite): void {
  suite.add("flash: partitions by label", () => {
    for (const label of ["nvs", "otadata", "phy_init", "factory", "ota_0"]) {
      const partition = new Partition(label);
      say(`${partition.label} ${partition.offset} ${partition.size}`);
      partition.close();
    }
    say(attempt(() => new Partition("nowhere")));
    say(attempt(() => new Partition("")));
  });

  suite.add("flash: a write clears bits, an erase sets them", () =>
    withPartition((partition) => {
      const bytes = new Uint8Array(8);
      partition.erase(0, 2 * BLOCK);
      partition.read(BLOCK - 4, bytes, 0, 8);
      say(`erased ${bytes}`);
      partition.write(BLOCK - 3, new Uint8Array([9, 0x0f, 0xf0, 0x55, 0xff, 9]), 1, 5);
      partition.write(BLOCK - 3, new Uint8Array([0xff, 0x33, 0x33]), 0, 3);
      bytes.fill(1);
      partition.read(BLOCK - 4, bytes, 1, 7);
      say(`written ${bytes}`);
      partition.erase(0, BLOCK);
      partition.read(BLOCK - 4, bytes, 0, 8);
      say(`first block erased ${bytes}`);
    }),
  );

  suite.add("flash: ranges", () =>
    withPartition((partition) => {
      const bytes = new Uint8Array(16);
      const { size } = partition;
      say(attempt(() => partition.read(size - 8, bytes, 0, 9)));
      say(attempt(() => partition.read(0, bytes, 8, 9)));
      say(attempt(() => partition.read(-1, bytes, 0, 1)));
      say(attempt(() => partition.write(size, bytes, 0, 1)));
      say(attempt(() => partition.erase(1, BLOCK)));
      say(attempt(() => partition.erase(0, BLOCK + 1)));
      say(attempt(() => partition.erase(size, BLOCK)));
      partition.read(size - 8, bytes, 0, 8);
      partition.read(size, bytes, 16, 0);
      say("the end can be read");
    }),
  );

  suite.add("flash: the running image is not written to", () => {
    const running = new Partition(Boot.running);
    say(`${running.label}: ${attempt(() => running.write(0, new Uint8Array(4), 0, 4))}`);
    say(attempt(() => running.erase(0, BLOCK)));
    say(`it is whole: "${running.verify()}"`);
    running.close();
  });

  suite.add("flash: what the boot loader would refuse", () =>
    withPartition((partition) => {
      partition.erase(0, BLOCK);
      say(`nothing: ${partition.verify()}`);
      const { id } = Chip;
      say(`whole: "${verdict(partition, tinyImage(id))}"`);
      const damaged = (at: number, value: number) => {
        const image = tinyImage(id);
        image[at] = value;
        return verdict(partition, image);
      };
      say(`magic: ${damaged(0, 0x69)}`);
      say(`another chip: ${verdict(partition, tinyImage(id ^ 3))}`);
      say(`17 segments: ${damaged(1, 17)}`);
      say(`no segment: ${damaged(1, 0)}`);
      say(`a length of 401: ${damaged(HEADER + 4, (SEGMENT + 1) & 255)}`);
      say(`a length beyond the partition: ${damaged(HEADER + 7, 1)}`);
      say(`a byte of the segment: ${damaged(DATA + 20, 1)}`);
      say(`the checksum: ${damaged(BODY - 1, 0)} ${damaged(BODY - 1, 1)}`);
      say(`the entry: ${damaged(4, 1)}`);
      const last = tinyImage(id)[BODY + HASH - 1] as number;
      say(`the hash: ${damaged(BODY + HASH - 1, last ^ 1)}`);
    }),
  );

  suite.add("boot: what runs, and what is selected", () => {
    say(`${Boot.running} ${Boot.selected} ${Boot.pending} "${Boot.state("ota_0")}" "${Boot.state("factory")}"`);
    withPartition((partition) => partition.erase(0, BLOCK));
    say(attempt(() => Boot.reject()));
    say(attempt(() => (Boot.selected = "nowhere")));
    say(attempt(() => (Boot.selected = "nvs")));
    say(`${Boot.selected} "${Boot.state("ota_0")}"`);
    Boot.selected = "factory";
    say(`${Boot.selected} "${Boot.state("ota_0")}" ${attempt(() => Boot.reject())}`);
    Boot.confirm();
    Boot.selected = "ota_0";
    say(`${Boot.selected} "${Boot.state("ota_0")}" ${Boot.pending}`);
  });
}
