import { until } from '#testing';
import { GroupRefusal, type GroupLink } from './group-link.js';
import { GroupMembership } from './group-membership.js';
import type { GroupProtocol } from './group-protocol.js';
import { ErrorCode } from './protocol.js';

/** A coordinator that gives all lanes to whoever joins, and tells them once. */
class Coordinator implements GroupProtocol {
  readonly heard: string[] = [];
  refusal: GroupRefusal | undefined;
  member: { id: string; epoch: number } | undefined;
  #joined = 0;

  async beat(_link: unknown, held: ReadonlySet<number>): Promise<ReadonlySet<number> | undefined> {
    const { refusal } = this;
    this.refusal = undefined;
    if (refusal) throw refusal;
    this.heard.push(this.member ? `has ${[...held].join()}` : 'joins');
    if (this.member) return undefined;
    this.member = { id: 'me', epoch: ++this.#joined };
    return new Set([0, 1]);
  }

  async leave(): Promise<void> {
    this.heard.push('leaves');
    this.forget();
  }

  forget(): void {
    this.member = undefined;
  }
}

describe('Membership in a group of Kafka', () => {
  let coordinator: Coordinator;
  let held: Set<number>;
  let lost: number;
  let membership: GroupMembership;

  beforeEach(() => {
    coordinator = new Coordinator();
    held = new Set();
    lost = 0;
    const link = { reach: async () => undefined, suspect: () => undefined } as unknown as GroupLink;
    membership = new GroupMembership({
      coordinator: link,
      protocol: coordinator,
      held: () => held,
      onAssigned: (lanes) => (held = new Set(lanes)),
      onLost: () => {
        lost += 1;
        held = new Set();
      },
      onFailure: () => undefined,
    });
  });

  afterEach(async () => {
    held = new Set();
    await membership.end();
  });

  const hasLanes = () => until(() => held.size === 2, 'it has lanes');

  test('is given lanes, and says which it has', async () => {
    membership.take(true);
    await hasLanes();
    await until(() => coordinator.heard.includes('has 0,1'), 'it has said so');
    expect(membership.identity).toEqual({ id: 'me', epoch: 1, term: 1 });
  });

  test('ends when the lanes are given back, not before', async () => {
    membership.take(true);
    await hasLanes();
    membership.take(false);
    let left = false;
    const leaving = membership.left.then(() => (left = true));
    await until(() => coordinator.heard.length > 2, 'it goes on saying what it has');
    expect(left).toBe(false);
    held = new Set();
    membership.tell();
    await leaving;
    expect(coordinator.heard.at(-1)).toBe('leaves');
    expect(membership.identity).toBeUndefined();
  });

  test('begins anew when it was to end and to go on before it had ended, so that lanes are given again', async () => {
    membership.take(true);
    await hasLanes();
    membership.take(false);
    membership.take(true);
    await membership.left;
    held = new Set();
    membership.tell();
    await hasLanes();
    expect(coordinator.heard.filter((text) => text === 'joins')).toHaveLength(2);
    expect(membership.identity?.term).toBe(2);
  });

  test.each([ErrorCode.unknownMember, ErrorCode.illegalGeneration, ErrorCode.fencedMemberEpoch])(
    'that the coordinator ends (%i) loses the lanes, and begins anew',
    async (code) => {
      membership.take(true);
      await hasLanes();
      coordinator.refusal = new GroupRefusal(code);
      await until(() => lost === 1, 'it has lost them');
      await hasLanes();
      expect(membership.identity?.term).toBe(2);
    },
  );

  test('outlasts a coordinator that cannot answer for a while', async () => {
    membership.take(true);
    await hasLanes();
    coordinator.refusal = new GroupRefusal(ErrorCode.coordinatorLoading);
    const before = coordinator.heard.length;
    await until(() => coordinator.heard.length > before + 1, 'it goes on');
    expect([lost, membership.identity?.term]).toEqual([0, 1]);
  });
});
