import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Member, Role, User } from '../../src/protocol/models';
import { useAccount } from '../app';
import { BlockConfirm } from '../blocks/block-confirm';
import { useRoom } from '../conversation/room-context';
import { Avatar } from '../ui/avatar';
import { Confirm } from '../ui/confirm';
import { FormProblem } from '../ui/form-problem';
import { Icon } from '../ui/icon';
import { Menu, type MenuChoice } from '../ui/menu';
import { problemWords } from '../ui/problem-words';
import { inRank, memberRights } from './member-rights';

const roleWords = { owner: 'Owner', admin: 'Admin', member: 'Member' } as const satisfies Record<Role, string>;
const roleVerbs = { owner: 'Make owner', admin: 'Make admin', member: 'Make member' } as const satisfies Record<Role, string>;

/** Who is in the group, in which role, and what the reader may do about it. */
export function MemberList({ ownRole }: { ownRole: Role }): JSX.Element {
  const { membership, admin } = useRoom();
  const { me, blocks } = useAccount();
  const menu = useSignal<{ readonly member: Member; readonly anchor: Element } | null>(null);
  const removing = useSignal<Member | null>(null);
  const blocking = useSignal<{ readonly user: User; readonly isBlocked: boolean } | null>(null);
  const problem = useSignal<string | null>(null);
  const cursor = useSignal<string | null>(null);
  const members = membership.members.value;

  const attempt = (work: Promise<unknown>) => {
    problem.value = null;
    work.catch((error: unknown) => {
      problem.value = problemWords(error);
    });
  };
  const loadMore = (from: string | null) =>
    attempt(
      admin.loadMembers(from).then((next) => {
        cursor.value = next;
      }),
    );
  useEffect(() => {
    // Of a large group the room tells only some of the members.
    if (members.size < (membership.chat.peek()?.member_count ?? 0)) loadMore(null);
  }, []);

  const blockChoice = (user: User): MenuChoice => {
    const isBlocked = blocks.has(user.id);
    const ask = () => {
      blocking.value = { user, isBlocked };
    };
    return { label: isBlocked ? 'Unblock' : 'Block', icon: 'block', isDanger: !isBlocked, run: ask };
  };
  const choicesFor = (member: Member): MenuChoice[] => {
    const { roles, remove } = memberRights(member, me.id, ownRole);
    const choices: MenuChoice[] = roles.map((role) => ({
      label: roleVerbs[role],
      icon: 'key',
      run: () => attempt(admin.setRole(member.user.id, role)),
    }));
    if (member.user.id !== me.id) choices.push(blockChoice(member.user));
    if (!remove) return choices;
    const ask = () => {
      removing.value = member;
    };
    return [...choices, { label: 'Remove from group', icon: 'trash', isDanger: true, run: ask }];
  };

  return (
    <>
      <ul class="members" aria-label="Members">
        {inRank(members.values()).map((member) => (
          <li key={member.user.id} class="member" data-testid="member">
            <Avatar name={member.user.display_name} id={member.user.id} url={member.user.avatar_url} size="small" />
            <span class="person-text">
              <span class="person-name">{member.user.id === me.id ? 'You' : member.user.display_name}</span>
              <span class="person-username">@{member.user.username}</span>
            </span>
            <span class="member-role">{blocks.has(member.user.id) ? 'Blocked' : roleWords[member.role]}</span>
            {choicesFor(member).length > 0 && (
              <button
                type="button"
                class="icon-button"
                aria-label={`Actions for ${member.user.display_name}`}
                aria-haspopup="menu"
                onClick={({ currentTarget }) => {
                  menu.value = { member, anchor: currentTarget };
                }}
              >
                <Icon name="more" size={20} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {cursor.value !== null && (
        <button type="button" class="button" onClick={() => loadMore(cursor.peek())}>
          Show more members
        </button>
      )}
      <FormProblem words={problem.value} />
      {menu.value !== null && (
        <Menu
          label={menu.value.member.user.display_name}
          anchor={menu.value.anchor}
          choices={choicesFor(members.get(menu.value.member.user.id) ?? menu.value.member)}
          close={() => {
            menu.value = null;
          }}
        />
      )}
      {blocking.value !== null && (
        <BlockConfirm
          {...blocking.value}
          close={() => {
            blocking.value = null;
          }}
        />
      )}
      {removing.value !== null && (
        <Confirm
          title="Remove from group"
          words={`${removing.value.user.display_name} will see nothing of this group any more. What they sent stays until its end.`}
          verb="Remove"
          run={() => admin.removeMember(removing.peek()?.user.id ?? '')}
          close={() => {
            removing.value = null;
          }}
        />
      )}
    </>
  );
}
