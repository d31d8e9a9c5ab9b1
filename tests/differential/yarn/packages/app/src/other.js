export default import('./main.cjs')
