import { recorded } from '../../../test/support/specification.js';
import { departedIn, type DepartureEvent } from './departures.js';

const ended = [{ userId: 'invited' }];

describe('who goes by an event', () => {
  it.each<[DepartureEvent, object[]]>([
    [{ type: 'UserRemoved', data: { userId: 'ann', ended } }, [{ userId: 'ann' }, { userId: 'invited' }]],
    [{ type: 'UserLeft', data: { userId: 'ann', ended: [] } }, [{ userId: 'ann' }]],
    [{ type: 'UserDisabled', data: { userId: 'ann', ended } }, [{ userId: 'invited' }]],
    [{ type: 'InvitationCancelled', data: { userId: 'ann' } }, [{ userId: 'ann' }]],
    [{ type: 'InvitationAccepted', data: { userId: 'ann' } }, []],
    [{ type: 'InvitationAccepted', data: { userId: 'ann', invitedAs: 'x' } }, [{ userId: 'x', successor: 'ann' }]],
  ])('%j', (event, departed) => {
    expect(departedIn(recorded('organisation-o1', 0, event))).toEqual(departed);
  });
});
