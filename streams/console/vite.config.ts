import { defineConfig } from "vite";

// The worker serves the built files under /; `npm run dev` hands API calls to a running worker.
const worker = process.env.CUESTREAM_URL ?? "http://127.0.0.1:8420";

export default defineConfig({
  base: "/",
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
