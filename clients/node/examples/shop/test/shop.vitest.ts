import settings from '#settings';
import { theme } from '@/theme';
import { Button } from '@shop/ui';
import { fetchAll } from 'fetcher';
import { expect, test } from 'vitest';
import { total } from '../src/cart';

test('the server has its settings', () => expect(settings).toBe('server'));

test('packages are those for Node', () => {
  expect(Button).toBe('button in esm');
  expect(fetchAll).toBe('pool');
  expect(theme).toBe('light');
});

test('the cart is added up', () => expect(total([1, 2])).toBe(3));
