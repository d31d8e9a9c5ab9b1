// npx jest
module.exports = {
  resolver: 'resolverd/jest',
  transform: { '\\.[jt]s$': './jest.transform.cjs' },
};
