import { unavailable } from '#kernel/errors';

export const viewBroken = () =>
  unavailable('view-broken', 'This view is being repaired; nothing of it is lost');
