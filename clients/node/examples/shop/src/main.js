import settings from '#settings';
import { theme } from '@/theme';
import { Button } from '@shop/ui';
import { fetchAll } from 'fetcher';
import { palette } from 'palette';
import { red } from 'palette/colors/red';
import { one } from 'pure';
import { total } from './cart';

console.log(settings, theme, Button, fetchAll, palette, red, one, total([1, 2]), require('./legacy.cjs'));
import('./lazy.js').then(({ lazy }) => console.log(lazy));
