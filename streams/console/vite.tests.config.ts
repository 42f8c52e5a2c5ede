import { defineConfig } from "vite";

// Bundles the unit tests for Node's own test runner; nothing of this is shipped.
export default defineConfig({
  publicDir: false,
  logLevel: "warn",
  build: {
    ssr: "tests/all.ts",
    outDir: "build-tests",
    emptyOutDir: true,
    target: "node20",
    minify: false,
  },
});
