import type { Folder } from './events.js';

/** Whether what lies there is shown where no folder is asked for. */
export const isListed = (folder: Folder): boolean => folder !== 'trash' && folder !== 'spam';
