// npx eslint .
import parser from '@typescript-eslint/parser';
import imports from 'eslint-plugin-import';

export default [
  {
    files: ['**/*.{js,cjs,ts,tsx}'],
    ...imports.flatConfigs.errors,
    languageOptions: { parser, sourceType: 'module' },
    settings: {
      'import/resolver': { 'resolverd/eslint': {} },
      'import/cache': { lifetime: 0 },
    },
  },
];
