export { default as icon } from 'fetcher';
