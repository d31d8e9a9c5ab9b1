import { palette } from 'palette';
import { red } from 'palette/colors/red';

test('native modules are imported', () => expect(palette + red).toBe('esm#f00'));
