// Lint rules for the scripts of the pages and for the browser tests. Paths start at the project's
// root, where `npm run lint` runs ESLint.

import js from '@eslint/js';
import globals from 'globals';

const PAGE_SCRIPTS = 'public/*.js';

export default [
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // Names of the wire protocol are quoted.
      camelcase: 'error',
      'consistent-return': 'error',
      curly: ['error', 'multi-line'],
      eqeqeq: 'error',
      'no-else-return': 'error',
      // Helpers call the context of a test `test`, as the runner calls its function.
      'no-shadow': ['error', { allow: ['test'] }],
      'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-useless-return': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-arrow-callback': 'error',
      'prefer-const': 'error',
      'prefer-template': 'error',
    },
  },
  {
    files: [PAGE_SCRIPTS],
    rules: {
      'func-style': ['error', 'declaration', { allowArrowFunctions: true }],
      // The compiler knows every name of a browser.
      'no-undef': 'off',
    },
  },
  {
    files: ['tests/browser/*.js'],
    // Functions given to `page.evaluate` run in the browser.
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
];
