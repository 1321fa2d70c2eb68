import { GATEWAY_NAME_MS_MAX } from '#contracts';
import { ReportedAccount } from './reported-account.js';

test('an account keeps its name and its totals while it is answered, and while it never was', () => {
  const account = new ReportedAccount();
  const first = account.report([1, 2], 0);
  expect(first.accepted).toEqual([1, 2]);
  expect(account.report([3, 4], GATEWAY_NAME_MS_MAX * 2)).toEqual({ gateway: first.gateway, accepted: [3, 4] });
  account.answered(GATEWAY_NAME_MS_MAX * 2);
  expect(account.report([5, 6], GATEWAY_NAME_MS_MAX * 3)).toEqual({ gateway: first.gateway, accepted: [5, 6] });
});

test('an account that is answered no more for long begins anew under another name, and counts nothing twice', () => {
  const account = new ReportedAccount();
  const { gateway } = account.report([1, 2], 0);
  account.answered(0);
  const late = GATEWAY_NAME_MS_MAX + 1;
  const renewed = account.report([10, 20], late);
  expect(renewed.gateway).not.toBe(gateway);
  expect(renewed.accepted).toEqual([0, 0]);
  expect(account.report([11, 22], late * 2)).toEqual({ gateway: renewed.gateway, accepted: [1, 2] });
});
