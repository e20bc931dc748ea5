import { projection } from '#kernel/projection';
import type { DeliveryDropped, DeliveryHeld, DeliveryReleased } from '../delivery/events.js';

/** The deliveries that wait for somebody to let them go. */
export const heldDeliveries = projection<
  Readonly<{ messageId: string }>,
  DeliveryHeld | DeliveryReleased | DeliveryDropped,
  'all'
>({
  name: 'held-deliveries',
  version: 1,
  key: ({ data }) => data.deliveryId,
  queries: { all: { sort: ['messageId'] } },
  on: {
    DeliveryHeld: (_, { data: { messageId } }) => ({ messageId }),
    DeliveryReleased: () => null,
    DeliveryDropped: () => null,
  },
});
