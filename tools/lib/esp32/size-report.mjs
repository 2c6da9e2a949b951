// @ts-check
/** How large an image is, and what makes it so. */
import { existsSync, readFileSync } from "node:fs";
import { Complaint } from "../run.mjs";
import { readMap } from "./map-file.mjs";

/** Parts that are told of. */
const LARGEST = 12;

/** @param {number} bytes */
const grouped = (bytes) => String(bytes).replace(/\B(?=(?:\d{3})+$)/g, ",");

/**
 * @param {string} name of the image
 * @param {number} bytes
 * @param {import("../partitions.mjs").Partition} slot
 * @param {string} [map] the linker's map file
 * @returns {string} several lines
 */
export function sizeReport(name, bytes, slot, map) {
  const percent = ((100 * bytes) / slot.size).toFixed(1);
  const left = slot.size - bytes;
  const lines = [
    `${name}: ${grouped(bytes)} bytes, ${percent} % of ${slot.label}, ` +
      (left < 0 ? `${grouped(-left)} too many` : `${grouped(left)} left`),
  ];
  if (map && existsSync(map)) {
    const { parts, ram } = readMap(readFileSync(map, "utf8"));
    lines.push(`  ${grouped(ram).padStart(11)}  internal memory before anything runs`);
    const sorted = [...parts].sort(([, a], [, b]) => b - a).slice(0, LARGEST);
    lines.push(...sorted.map(([part, size]) => `  ${grouped(size).padStart(11)}  ${part}`));
  }
  return lines.join("\n");
}

/**
 * @param {string} name of the image
 * @param {number} bytes
 * @param {import("../partitions.mjs").Partition} slot
 */
export function checkSize(name, bytes, slot) {
  if (bytes > slot.size)
    throw new Complaint(`the image ${name} has ${bytes} bytes, the partition ${slot.label} only ${slot.size}`);
}
