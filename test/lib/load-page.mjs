// @ts-check
/** Loads a page with all that it names, as a browser does that keeps its connections. */
import { Agent, fetch } from "undici";

/** An agent for units that have made their certificate themselves. @param {number} connections most that it opens at once */
export const pageAgent = (connections) => new Agent({ connections, connect: { rejectUnauthorized: false } });

/** @param {string} url without a slash at its end @param {Agent} agent whose connections stay open @returns {Promise<number>} files that were loaded */
export async function loadPage(url, agent) {
  const get = async (/** @type {string} */ path) => {
    const answer = await fetch(url + path, { dispatcher: agent, headers: { "Accept-Encoding": "gzip" } });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
    return answer.text();
  };
  const page = await get("/");
  const named = [...page.matchAll(/ (?:src|href)="([\w-]+\.\w+)"/g)].map(([, name]) => name);
  if (!page.endsWith("</html>\n")) throw new Error("the page is not whole");
  await Promise.all(named.map((name) => get(`/${name}`)));
  return 1 + named.length;
}
