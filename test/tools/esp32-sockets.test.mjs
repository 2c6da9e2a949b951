// @ts-check
/**
 * The sockets of chips, over a stand-in for lwIP that keeps to the rules of its raw API: what peers and networks may do, in orders that are rare on a
 * real network. Each mistake that the SDK's sockets make, or that ours could, is made on purpose once, and is found.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { ROOT } from "../../tools/lib/paths.mjs";

const execute = promisify(execFile);
const NATIVES = join(ROOT, "modules", "platform", "esp32");
const FAKES = join(ROOT, "test", "tools", "esp32-fakes");
const HEADERS = join(ROOT, "test", "tools", "esp32-headers");
const FILES = ["loop", "netif", "connection", "report", "tcp", "listener"].map((name) => `lwip-${name}.c`);
const FLAGS = [
  "-std=gnu17",
  "-Wall",
  "-Wextra",
  "-Werror",
  ...[FAKES, NATIVES, HEADERS].flatMap((path) => ["-I", path]),
];

const folder = mkdtempSync(join(tmpdir(), "lws-xs-sockets-"));
after(() => rmSync(folder, { recursive: true }));

/** @param {string} source @param {string} name @param {string[]} [flags] @returns {Promise<string>} its object file */
async function compile(source, name, flags = []) {
  const object = join(folder, `${name}.o`);
  await execute("gcc", [...FLAGS, ...flags, "-c", "-o", object, source]);
  return object;
}

/** What no mistake changes is compiled once. @type {Promise<Map<string, string>>} */
const objects = (async () => {
  const fakes = readdirSync(FAKES).filter((file) => file.endsWith(".c"));
  const sources = [...FILES.map((file) => join(NATIVES, file)), ...fakes.map((file) => join(FAKES, file))];
  const all = sources.map(
    async (source) => /** @type {const} */ ([basename(source), await compile(source, basename(source))]),
  );
  return new Map(await Promise.all(all));
})();

/**
 * Lets the scenarios run, with something in one of the natives replaced.
 * @param {string} name
 * @param {[file: string, from: string, to: string]} [mistake]
 */
async function scenarios(name, mistake) {
  const linked = new Map(await objects);
  if (mistake) {
    const [file, from, to] = mistake;
    const text = readFileSync(join(NATIVES, file), "utf8");
    assert.equal(text.split(from).length, 2, `${file} has "${from}" once`);
    const copy = join(folder, `${name}.c`);
    writeFileSync(copy, `#line 1 "${file}"\n${text.replace(from, to)}`);
    linked.set(file, await compile(copy, name, ["-w"]));
  }
  const program = join(folder, name);
  await execute("gcc", ["-o", program, ...linked.values()]);
  return (await execute(program)).stdout.trim().split("\n");
}

test("each end is told once, nothing is left over, and lwIP is never called without its lock", async () => {
  assert.equal((await scenarios("whole")).length, 14);
});

/** @type {Record<string, [file: string, from: string, to: string, line: RegExp]>} */
const MISTAKES = {
  "data that came before the accept is not told of": [
    "lwip-listener.c",
    "\t\tsourceWakes(&c->source);\n\t}\n\telse if (c)",
    "\t}\n\telse if (c)",
    /, not onReadable 100,/,
  ],
  "a reset before the accept leaves its connection": [
    "lwip-connection.c",
    "\tif (!c->tcp)\n\t\tconnectionClose(c, true);\n\telse if",
    "\tif",
    /isFree/,
  ],
  "a connection in TIME_WAIT is still used": [
    "lwip-connection.c",
    "if (pcb->state == TIME_WAIT || pcb->state == CLOSING)",
    "if (pcb->state == CLOSING)",
    /!pcb->callback_arg/,
  ],
  "the window is never opened again": ["lwip-tcp.c", "tcp_recved(c->pcb, count);", "(void)0;", /window >= 0/],
  "what was asked for is not told when memory is there": [
    "lwip-connection.c",
    "return onSent(argument, pcb, 0);",
    "return ERR_OK;",
    /, not onWritable,/,
  ],
  "small pieces pile up": ["lwip-connection.c", "if (pbuf_clen(c->unread) > PIECES)", "if (0)", /buffersLive <= 17/],
  "nobody counts the connections": [
    "lwip-listener.c",
    "backlog = (u8_t)(BACKLOG + (room > 0 ? room : 0))",
    "backlog = room ? 250 : 250",
    /!peerConnects/,
  ],
  "more are told of than there are places": [
    "lwip-listener.c",
    "l->accepting && connectionsCount() < MEMP_NUM_TCP_PCB ?",
    "l->accepting ?",
    /16 \* strlen/,
  ],
  "who waits for a place is not told of when there is one": [
    "lwip-listener.c",
    "if (l->accepting && !isFull && waitingFor(l, false))",
    "if (l->accepting && connectionsCount() < 15)",
    /, not onConnection,/,
  ],
  "a wake-up that found the queue full is not tried again": [
    "lwip-loop.c",
    "\tsys_timeout(RETRY, retry, NULL);\n",
    "",
    /, not onConnection,/,
  ],
  "a script runs while the lock is held": [
    "lwip-loop.c",
    "\t\tUNLOCK_TCPIP_CORE();\n\t\tsource->report(the, source);",
    "\t\tsource->report(the, source);",
    /!locked/,
  ],
};

test("mistakes are found", async (t) => {
  await Promise.all(
    Object.entries(MISTAKES).map(([name, [file, from, to, line]], i) =>
      t.test(name, () =>
        assert.rejects(scenarios(`mistake${i}`, [file, from, to]), (/** @type {any} */ error) => {
          assert.ok(error.code === 1 || error.signal, String(error.stderr));
          assert.doesNotMatch(String(error.stderr), /error:/, "it compiles");
          if (!error.signal) assert.match(String(error.stderr), line);
          return true;
        }),
      ),
    ),
  );
});
