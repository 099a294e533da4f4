/** The import table of setup/import-table.ts, as dependency-cruiser reads it. */
import { importRules } from './setup/import-rules.ts';

export default {
  forbidden: importRules(),
  options: {
    // Without this, type-only imports are invisible and every rule can be walked round by `import type`.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: ['node_modules'] },
    exclude: { path: ['^console/dist/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.d.ts'],
    },
  },
};
