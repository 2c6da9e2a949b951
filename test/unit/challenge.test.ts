/** What WWW-Authenticate may say (RFC 9110 §11.6.1), and what it may not. */
import { parseChallenges } from "lws/client/challenge";
import { equal, test } from "./harness";

const NAMES = ["realm", "nonce", "qop", "a", "b"];

function shown(headers: string[]): string {
  let text = "";
  for (const challenge of parseChallenges(headers)) {
    text += `${text === "" ? "" : " | "}${challenge.scheme}`;
    for (const name of NAMES) {
      const value = challenge.get(name);
      if (value !== undefined) text += ` ${name}=${value}`;
    }
  }
  return text;
}

test("challenges: schemes and their parameters", () => {
  for (const [header, challenges] of [
    ['Basic realm="simple"', "basic realm=simple"],
    ['BASIC REALM="x", charset="UTF-8"', "basic realm=x"],
    ['Newauth realm="apps", a=1, b="x\\"y\\\\", Basic realm="s"', 'newauth realm=apps a=1 b=x"y\\ | basic realm=s'],
    ["Negotiate, Basic realm=x", "negotiate | basic realm=x"],
    ["NTLM abc/def+==, Digest a=b", "ntlm | digest a=b"],
    ['Digest   realm = x\t,\tnonce ="y" , qop= "auth,auth-int"', "digest realm=x nonce=y qop=auth,auth-int"],
    [", ,Basic,, a=b,", "basic a=b"],
    ['a a="", b=x', "a a= b=x"],
    ['Basic realm="\xc3\xa4"', "basic realm=ä"],
    ["", ""],
    // What is malformed goes, and what follows it.
    ['Basic realm="\xe4", Digest a=b', ""],
    ['Digest a=b, Basic realm="x', "digest a=b"],
    ['Digest a=b, Basic realm="x\\', "digest a=b"],
    ["Basic a=b, a=c", ""],
    ["Basic a=b c=d", ""],
    ["Basic a=", "basic"],
    ["Basic a=,b=c", "basic b=c"],
    ["=x", ""],
    ['"x"', ""],
    ["Basic @", "basic"],
  ] as const)
    equal(shown([header]), challenges, header);
  equal(shown(["Basic a=1", 'Digest b="2", a=3']), "basic a=1 | digest a=3 b=2");
  const many = Array.from({ length: 20 }, (_, i) => `x${i}=y`).join(", ");
  equal(shown([`A b=1, B ${many}`]), "a b=1", "too many parameters");
  equal(parseChallenges([Array.from({ length: 40 }, () => "A").join(", ")]).length, 16);
});
