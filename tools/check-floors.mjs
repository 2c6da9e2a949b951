// @ts-check
/** node tools/check-floors.mjs [FOLDER]: who imports whom. FOLDER holds the emitted files; without it, `import type` decides. */
import { checkFloors } from "./lib/floors.mjs";
import { sdkSpecifiers } from "./lib/graph.mjs";
import { ROOT } from "./lib/paths.mjs";
import { main, say } from "./lib/run.mjs";

main(async () => {
  const { files, violations } = checkFloors(ROOT, sdkSpecifiers(), process.argv[2]);
  for (const { file, line, text } of violations) process.stdout.write(`${file}:${line}: ${text}\n`);
  say(`floors: ${files} files, ${violations.length === 0 ? "all imports go down" : `${violations.length} violations`}`);
  return violations.length === 0 ? 0 : 1;
});
