/** Builds the console and the chat widget in one go: `vite build -c console/vite.config.ts`. */
import { join } from 'node:path';
import { defineConfig, type Plugin, type ViteBuilder } from 'vite';

const root = import.meta.dirname;

/** The panel is built before the loader, which must know its hashed name. */
async function buildAll(builder: ViteBuilder): Promise<void> {
  for (const name of ['client', 'panel', 'loader']) {
    const environment = builder.environments[name];
    if (environment) await builder.build(environment);
  }
}

/** Writes the name of the panel's file into the loader. */
function panelFile(): Plugin {
  let file = '';
  return {
    name: 'panel-file',
    sharedDuringBuild: true,
    applyToEnvironment: ({ name }) => name === 'panel' || name === 'loader',
    transform(code, id) {
      return id.endsWith('/console/widget.ts') ? code.replaceAll('PANEL_FILE', JSON.stringify(file)) : null;
    },
    generateBundle(_options, bundle) {
      if (this.environment.name === 'panel') file = Object.keys(bundle).find((name) => name.endsWith('.js')) ?? '';
    },
  };
}

export default defineConfig({
  root,
  base: '/',
  publicDir: false,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [panelFile()],
  build: {
    outDir: join(root, 'dist'),
    // Older than these, `light-dark()` and `field-sizing` are rewritten at four times the size.
    target: ['chrome125', 'firefox128', 'safari17.5'],
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  environments: {
    client: { build: { rolldownOptions: { input: join(root, 'index.html') } } },
    panel: {
      consumer: 'client',
      build: {
        emptyOutDir: false,
        rolldownOptions: {
          input: { 'widget-panel': join(root, 'widget/panel.tsx') },
          preserveEntrySignatures: 'strict',
          output: { entryFileNames: 'assets/[name]-[hash].js' },
        },
      },
    },
    loader: {
      consumer: 'client',
      build: {
        emptyOutDir: false,
        rolldownOptions: {
          input: { widget: join(root, 'widget.ts') },
          output: { format: 'iife', entryFileNames: '[name].js' },
        },
      },
    },
  },
  builder: { buildApp: buildAll },
});
