// The same variants with sharp, the usual way: one pipeline for each variant, from the file on.
// Arguments: the folder sharp is installed in, and the job. A round for every line; see loops.py.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [folder, told] = process.argv.slice(2);
const sharp = createRequire(join(folder, "package.json"))("sharp");
const { photos, variants } = JSON.parse(told);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

function pipeline(photo, { format, width, height, fit, quality, effort }) {
  const way = fit === "contain" ? "inside" : fit;
  const resized = sharp(photo).autoOrient().resize({ width, height, fit: way, withoutEnlargement: true });
  const encoding = { avif: { quality, effort, chromaSubsampling: "4:2:0" }, webp: { quality, effort }, jpeg: { quality } };
  return resized.toFormat(format, encoding[format] ?? { quality });
}

async function round() {
  const scratch = mkdtempSync(join(tmpdir(), "bench-"));
  let bytes = 0;
  try {
    for (const photo of photos) {
      for (const [name, variant] of Object.entries(variants)) {
        bytes += (await pipeline(photo, variant).toFile(join(scratch, `${name}.${variant.format}`))).size;
      }
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
  return { bytes };
}

say({ sharp: sharp.versions.sharp, "sharp's libvips": sharp.versions.vips, node: process.versions.node });
for await (const _ of createInterface({ input: process.stdin })) {
  say(await round());
}
