import { expect, it } from '@jest/globals';
import { uuid5 } from './ids.js';

it('ids are those of RFC 9562 and stay the same, so that what was done before is found', () => {
  // By another implementation, in the namespace 8f2c8a7e-5d3b-5f0c-9f0e-6b1a4c7d2e91.
  expect(uuid5('cmd_1', 'delivery-dlv_1', 'QueueDelivery', 0)).toBe('b2b334cd-2da6-53d6-9fde-0f899cba20c0');
  expect(uuid5('ä', 0)).toBe('3d3918c9-ac72-505a-90a7-6e2653b09087');
});
