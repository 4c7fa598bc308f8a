import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const SERVER = process.env["CODERUNNER_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    target: "es2022",
    // The server answers /assets/ with a year of caching, because the names contain a hash of the content.
    assetsDir: "assets",
    // Inlined files would be data: URLs, which the content security policy allows for pictures only.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rollupOptions: {
      output: {
        // The budget counts the largest of the modes, because a visit loads one: scripts/size.mjs knows them by their names.
        chunkFileNames: ({ name, moduleIds }) =>
          moduleIds.some((id) => /legacy-modes|editor\/php/.test(id)) ? `assets/mode-${name}-[hash].js` : "assets/[name]-[hash].js",
      },
    },
  },
  server: { proxy: { "/api": { target: SERVER, ws: true, changeOrigin: true } } },
});
