import { sharedActiveMq } from '#testing';
import type rhea from 'rhea';
import { outletOn } from './activemq.js';
import type { Outlet } from './outlet.js';

export async function openOutlet(): Promise<Outlet<rhea.Message>> {
  return outletOn(await sharedActiveMq('classic'));
}
