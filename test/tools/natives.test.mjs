// @ts-check
/** Native bodies become host functions, and nothing else changes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { rewriteNatives } from "../../tools/lib/natives.mjs";

/** @param {string} source */
const rewritten = (source) => rewriteNatives(source, "test.ts");

test("a class over natives becomes a host class", () => {
  const source = `import x from "y";
export class TCP extends Native("tcp_destructor") {
    constructor(options) {
        super();
        native("tcp").call(this, options);
    }
    read(into, from, to) { return native("tcp_read").call(this, into, from, to); }
    close() { native("tcp_close").call(this); }
    get readable() {
        return native("tcp_get_readable").call(this);
    }
    set target(target) { native("tcp_set_target").call(this, target); }
    static get limit() { return native("tcp_limit").call(this); }
    static send(...parts) { return native("tcp_send").call(this, ...parts); }
}
`;
  assert.equal(
    rewritten(source),
    `import x from "y";
export class TCP @ "tcp_destructor" {
    constructor(options) @ "tcp";
    read(into, from, to) @ "tcp_read";
    close() @ "tcp_close";
    get readable() @ "tcp_get_readable";
    set target(target) @ "tcp_set_target";
    static get limit() @ "tcp_limit";
    static send(...parts) @ "tcp_send";
}
`,
  );
});

test("other members, anonymous and derived classes stay as they are", () => {
  const source = `const A = class {
    #x = { n: 1 };
    y = (a) => { return a; };
    static { this.z = 1; }
    [Symbol.iterator]() { return []; }
    m(a) { return native("m").call(this, a); }
    n(a) { if (a) { return /native\\("x"\\)/.test(a); } return \`native("\${a}")\`; }
};
class B extends A { constructor(o) { super(o); } }
export default class extends Native("d") { constructor() { super(); native("c").call(this); } }
`;
  assert.equal(
    rewritten(source),
    source
      .replace('{ return native("m").call(this, a); }', '@ "m";')
      .replace('extends Native("d")', '@ "d"')
      .replace('{ super(); native("c").call(this); }', '@ "c";'),
  );
});

test("text without natives is returned untouched", () => {
  const source = "class A extends B { constructor() { super(); } }";
  assert.equal(rewritten(source), source);
});

for (const [what, source] of [
  ["swapped parameters", 'class A { m(a, b) { return native("m").call(this, b, a); } }'],
  ["a missing argument", 'class A { m(a) { return native("m").call(this); } }'],
  ["a default value", 'class A { m(a = 1) { return native("m").call(this, a); } }'],
  ["more than the call", 'class A { m(a) { check(a); return native("m").call(this, a); } }'],
  ["an async method", 'class A { async m() { return native("m").call(this); } }'],
  [
    "a constructor that does more",
    'class A extends Native("d") { constructor() { super(); native("c").call(this); this.x = 1; } }',
  ],
  ["a host class without a constructor", 'class A extends Native("d") { m() { return native("m").call(this); } }'],
  ["a call outside a class", 'const f = native("f");'],
]) {
  test(`${what} can't be native: an error that names file and line`, () => {
    assert.throws(() => rewritten(`\n${source}`), /^Error: test\.ts: emitted line 2: [nN]ative\(…\)/);
  });
}
