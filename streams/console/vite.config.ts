import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { defineConfig, type Plugin } from "vite";

// The worker serves the built files under /; `npm run dev` hands API calls to a running worker.
const worker = process.env.CUESTREAM_URL ?? "http://127.0.0.1:8420";

export default defineConfig({
  base: "/",
  plugins: [licences()],
  build: {
    outDir: "dist",
    target: "es2022",
    // A data: URL would need font-src or style-src exceptions in the content security policy.
    assetsInlineLimit: 0,
    // The polyfill is an inline script, which the policy forbids, and every browser we serve has it.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/v1": worker, "/readyz": worker },
  },
});

/** Put the licence of every package that is in the bundle beside it. */
function licences(): Plugin {
  return {
    name: "licences",
    generateBundle(_options, bundle) {
      const folders = new Set<string>();
      for (const file of Object.values(bundle)) {
        if (file.type !== "chunk") continue;
        for (const module of file.moduleIds) {
          const found = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module);
          if (found) folders.add(found[0]);
        }
      }
      const source = [...folders].sort().map(notice).join("\n\n");
      this.emitFile({ type: "asset", fileName: "third-party-licences.txt", source });
    },
  };
}

function notice(folder: string): string {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  ) as Record<string, string>;
  const files = readdirSync(folder).filter((file) => /^licen[cs]e/i.test(file));
  if (files.length === 0) throw new Error(`${name} brings no licence file`);
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  return [`${name} ${version} (${license})`, ...texts].join("\n\n");
}
