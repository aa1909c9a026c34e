"""What the auditor recomputes of merges."""

from kit.audit import Check

# A merge that stands has its alias, pointing at whoever remains, and what means somebody else has nothing.
_ALIASES = """
SELECT format('merge=%s', m.merge_id) AS subject, 'alias of ' || resolve_member(m.survivor_id) AS expected,
       coalesce('alias of ' || a.member_id, 'nobody') AS found, '' AS repair
  FROM merges AS m LEFT JOIN member_aliases AS a ON a.alias_id = m.absorbed_id
 WHERE m.undo_time IS NULL AND a.member_id IS DISTINCT FROM resolve_member(m.survivor_id)
 ORDER BY m.merge_id LIMIT 100
"""

_CHAINS = """
SELECT format('alias=%s', a.alias_id) AS subject, 'a member' AS expected, 'another alias' AS found, '' AS repair
  FROM member_aliases AS a JOIN member_aliases AS b ON b.alias_id = a.member_id
 ORDER BY a.alias_id LIMIT 100
"""

_LEFT_BEHIND = """
SELECT format('alias=%s', a.alias_id) AS subject, 'nothing' AS expected,
       format('pending=%s active=%s held=%s debt=%s', b.pending, b.active, b.held, b.debt) AS found, '' AS repair
  FROM member_aliases AS a JOIN points_balances AS b ON b.member_id = a.alias_id
 WHERE (b.pending, b.active, b.held, b.debt) <> (0, 0, 0, 0)
 ORDER BY a.alias_id LIMIT 100
"""

_HOLDERS = """
SELECT format('kind=%s', h.kind) AS subject, 'a member' AS expected, format('alias=%s', h.member_id) AS found,
       '' AS repair
  FROM identifier_holders AS h JOIN member_aliases AS a ON a.alias_id = h.member_id
 ORDER BY h.lookup LIMIT 100
"""

_FREEZES = """
SELECT format('member=%s', m.member_id) AS subject, (f.freeze_id IS NOT NULL)::text AS expected,
       (m.value_frozen_time IS NOT NULL)::text AS found, '' AS repair
  FROM (SELECT member_id, value_frozen_time FROM members WHERE value_frozen_time IS NOT NULL) AS m
  FULL JOIN (SELECT member_id, freeze_id FROM value_freezes WHERE release_time IS NULL) AS f USING (member_id)
 WHERE m.value_frozen_time IS NULL OR f.freeze_id IS NULL
 LIMIT 100
"""

CHECKS = (
    Check("merging.merges_have_aliases", "SELECT count(*) FROM merges", _ALIASES),
    Check("merging.aliases_mean_members", "SELECT count(*) FROM member_aliases", _CHAINS),
    Check("merging.aliases_hold_nothing", "SELECT count(*) FROM member_aliases", _LEFT_BEHIND),
    Check("merging.identifiers_find_members", "SELECT count(*) FROM identifier_holders", _HOLDERS),
    Check("merging.frozen_is_written_down", "SELECT count(*) FROM value_freezes", _FREEZES),
)
