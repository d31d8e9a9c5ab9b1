export { icon as lazy } from 'icons';
