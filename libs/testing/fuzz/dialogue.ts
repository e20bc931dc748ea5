import { clientScript, converse } from '#testing/smtp-script';
import { target } from './target.js';

export const dialogue = target('smtp', clientScript, (bytes) => void converse([bytes]));
