"""What fields mean in one model alone, where their name says something else elsewhere, or less."""

from collections.abc import Mapping

_DISPLAY = "EXACT: the number. LEVELS: out, low, medium or high. HIDDEN: nothing."
_RULE = "Which figure it sets."
_GROUP = "What the group is for."
_LOCATION = (
    "STORE, WAREHOUSE and OUTLET have shelves; VIRTUAL stands for goods elsewhere; DROP_POINT only takes goods back."
)
_MOVED = "What moved the goods."
_SHOWS = "What the address shows."
_DAYS = {"first": "The first day, 0 is today; null: open.", "last": "The last day, inclusive; null: open."}
_FIELD = "What of a good or a place is compared."
_ORDERS = "Which orders come first, then what breaks ties."
_PLACES = "Which places come first, then what breaks ties."
_BRINGS = {
    "quantity": "Base units, per mille of confidence, or days: as the kind needs.",
    "channel_ids": "Only for THRESHOLD, SHIPPABLE and DISPLAY; none: all channels.",
    "display": "What shoppers see, for DISPLAY; null for other kinds.",
    "places": "Which places; null: all. Not for THRESHOLD and DISPLAY.",
    "kind": _RULE,
}
_LATITUDE = "Where it lies; null: unknown."
_TAX = "Of that, the tax: inside the prices or on top, see `tax_included`."

_CANCELLED = {
    "first": "The first unit of the run, from 0.",
    "last": "The last unit of the run, inclusive.",
    "reason": "Why, as a word of a list: UNFILLABLE where nobody had them.",
}
_ORDER = {"state": "Where the order stands.", "channel_kind": "ONLINE or STORE: where it was made."}
_TENDER = {"kind": "What is paid with.", "state": "How far the payment is."}

# by schema, as the models' classes are called
OWN: Mapping[str, Mapping[str, str]] = {
    "Actor": {"kind": "What kind of principal it was."},
    "AskQuote": {"lines": "What is wanted, 1 to 100 lines."},
    "AskToken": {"purpose": "qr: to be scanned in the store. link: to be sent to a shopper."},
    "Assortment": {"entries": "What is sold where and when."},
    "AssortmentIn": {"entries": "What is sold where and when; it replaces what was there."},
    "BasketLine": {"method": "COLLECT in a store, SHIP, or CARRY_OUT (tills only)."},
    "Bind": {"token": "What the staff member's code says when it is scanned."},
    "Binding": {"source": "How they were bound.", "active": "False: it was ended or has run out."},
    "BoardRow": {"kind": "What kind of consequence it is."},
    "CalledOff": _CANCELLED,
    "CancelledUnits": _CANCELLED,
    "CancelOrder": {"reason": "Why: a code such as CHANGED_MIND, or a few words."},
    "Cart": {
        "problems": "What is wrong with it: with a line, a code, a limit. An order can be placed when none blocks."
    },
    "CartAnswer": {"cart": "The cart as it is now."},
    "ChangeCart": {"adds": "Lines to put in, 100 at most."},
    "Channel": {"kind": "ONLINE, or STORE for what tills sell."},
    "ChannelStock": {
        "display": _DISPLAY,
        "shipped": "What can be shipped; null: nothing is sold or shown.",
    },
    "ClauseIn": {"field": _FIELD},
    "Clause": {"field": _FIELD},
    "Contact": {"name": "Whom to hand over to or to ring."},
    "Count": {"state": "OPEN while it is counted; SUBMITTED until somebody decides; APPROVED: booked."},
    "CountedIn": {"quantity": "Base units that were found."},
    "CountsIn": {"lines": "What was counted, each good once."},
    "CreateImport": {"format": "CSV, or JSON_LINES: one object a line."},
    "Credit": {"unit": "The sold units that it is for."},
    "DaysIn": _DAYS,
    "Days": _DAYS,
    "Decision": {"rule_version": "Version of the strategy that decided."},
    "Discrepancy": {"kind": "UNDER and OVER against what was shipped; MIS_SHIPPED: goods that came unasked."},
    "Display": {"kind": _DISPLAY},
    "DisplayIn": {"kind": _DISPLAY},
    "DraftIn": {"lines": "What is to move, each good once."},
    "EnrolMember": {"display_name": "The member's name.", "phone": "His telephone number; empty: a card member."},
    "Entry": {"channel_id": "Where: a channel, or null.", "location_id": "Where: a store, or null."},
    "EntryIn": {"channel_id": "Where: a channel, or empty.", "location_id": "Where: a store, or empty."},
    "Example": {
        "channel_id": "The channel whose figure it is; null: it is a store's.",
        "location_id": "The store whose figure it is; null: it is a channel's.",
        "before": "The figure now.",
        "after": "The figure then.",
    },
    "ExplainStep": {"basis": "What the step looked at."},
    "ExportedTable": {"columns": "Its columns, in their order."},
    "ExportedTables": {"tables": "What there is to export."},
    "Figures": {"orders": "How many orders were looked at."},
    "FeedIn": {
        "source": "The system that speaks: the brand's own code.",
        "rows": "1 to 1,000 goods; in a RESET each once.",
    },
    "Fulfilment": {"state": "Where the task stands.", "reason": "Why it was rejected, held or cancelled; else null."},
    "Group": {"kind": _GROUP, "channel_id": "The channel that sells from it, for groups of kind CHANNEL."},
    "GroupIn": {"kind": _GROUP},
    "GroupMembers": {"locations": "How many locations name it."},
    "HousedOrder": _ORDER,
    "Identifier": {"kind": "What kind of thing it is known by."},
    "Import": {
        "state": "PENDING takes parts; CHECKED may be applied; COMPLETED is in the catalogue.",
        "parts": "How many parts were uploaded.",
        "end_time": "When it ended; null: it runs or waits.",
    },
    "ImportErrorPage": {"errors": "One for each row and field that is wrong."},
    "LaneIn": {"closed": "True: nothing moves this way.", "to_location_id": "Where this way ends."},
    "Leftover": {"quantity": "Units that have no place."},
    "LineLotsIn": {"lots": "Which lots or serials they are; together no more than the task has of the line."},
    "Line": {
        "quantity": "Base units that were asked for, or found.",
        "damaged": "Taken in as damaged.",
        "shipped": "Base units that left.",
        "status": "UNMATCHED: no good has this code. UNDIRECTED: nobody asked for it. UNCOUNTED: nobody came to it.",
    },
    "Location": {"kind": _LOCATION, "position": _LATITUDE, "groups": "The groups that it belongs to."},
    "LocationIn": {"kind": _LOCATION, "position": _LATITUDE, "groups": "The groups that it belongs to."},
    "Lot": {"state": "REQUESTED until the planner's next run shared it out.", "location_id": "Where it arrives."},
    "LotLine": {"quantity": "Base units that arrive."},
    "LotLineIn": {"quantity": "Base units that arrive."},
    "MadeCart": {"cart": "The cart as it was made."},
    "Media": {"kind": _SHOWS},
    "Member": {"kind": "MEMBER, or GUEST without an account of his own."},
    "Missing": {"reason": "Why it could not be had."},
    "Movement": {
        "kind": _MOVED,
        "quantity": "Signed change of on hand, in base units.",
        "damaged": "Signed change of what is damaged, in base units.",
    },
    "MovementIn": {"kind": _MOVED, "business_time": "When it happened; null: now."},
    "Order": _ORDER,
    "PanoramaCell": {"orders": "How many orders.", "units": "How many units.", "channel_kind": "ONLINE or STORE."},
    "Part": {"available": "In its books, after promises."},
    "Passports": {"points": "What the units earned.", "credits": "Who is credited with them."},
    "PointsEntry": {"kind": "What happened to the points.", "expire_time": "When what was earned runs out unspent."},
    "PointsPage": {"entries": "The statement, newest first."},
    "PolicyLane": {"closed": "True: nothing moves this way."},
    "PriceGap": {"name": "The product's name.", "prices": "The different prices, the most common first."},
    "PriceList": {"prices": "What each good costs.", "tiers": "Whose prices these are; none: everybody's."},
    "PriceListHead": {"tiers": "Whose prices these are; none: everybody's."},
    "PriceListIn": {"prices": "At most 1,000 in a call.", "tiers": "Whose prices these are; none: everybody's."},
    "Program": {"tiers": "From low to high."},
    "ProgramIn": {"tiers": "From low to high."},
    "Ran": {"orders": "How many orders were decided."},
    "ReceiveIn": {"lines": "What came in, each good once."},
    "Deduction": {"kind": "Why the brand keeps it."},
    "RefundTender": {"kind": "How it had been paid."},
    "Reject": {"reason": "Why: a code such as NOT_IN_STOCK."},
    "RequestLot": {"lines": "What arrives, each good once."},
    "Route": {"sorts": _ORDERS, "rules": "Tried one after the other."},
    "RouteIn": {"sorts": _ORDERS, "rules": "Tried one after the other."},
    "RowError": {"value": "What stands there, cut at 200 characters."},
    "Rule": {
        **_BRINGS,
        "sorts": _PLACES,
        "sequence": "Locations or groups, the most wanted first.",
    },
    "RuleIn": {"kind": _RULE, "sorts": _PLACES, "queue": "Where `then` QUEUE puts what finds no place."},
    "RuleSet": {"state": "Only the ACTIVE one decides.", "channel_ids": "Of these channels; none: the brand's."},
    "Rules": {"state": "Only the ACTIVE ones decide."},
    "RulesPage": {"rules": "The versions, newest first, without their rules."},
    "RulesKept": {"rules": "The version that was kept."},
    "RulesOne": {"rules": "The version with its rules."},
    "RulesVersion": {"version": "The version's name."},
    "Run": {
        "locations": "How many places it looked at.",
        "forecasts": "How many forecasts it made.",
        "suggestions": "How many moves it suggested.",
        "skus": "How many goods it looked at.",
        "error": "Why it failed; null: it did not.",
        "end_time": "When it ended; null: it runs.",
        "start_time": "When it began.",
        "state": "RUNNING, DONE or FAILED.",
        "run_id": "The run's id.",
        "queue": "Only what waits in this queue; empty: all.",
    },
    "SalesSum": {"lines": "How many lines.", "quantity": "Base units over all goods."},
    "SalesPlace": {"location_id": "The store; null: the channel as a whole."},
    "Settle": {
        "kind": "Which consequence.",
        "ref": "What it is done to, as its row says; empty where there is one of its kind.",
    },
    "ShipIn": {"lines": "What did not leave whole; lines that are not named left whole."},
    "Simulate": {"start_time": "Orders from then on; null: the last 30 days."},
    "Simulation": {"before": "What decides now.", "after": "What would decide then."},
    "ShownMedia": {"kind": _SHOWS},
    "SkippedRule": {"reason": "Why it gave nothing."},
    "Staff": {
        "end_time": "When he leaves, or left; null: not known.",
        "location_ids": "Where else he may sign in.",
        "start_time": "When he began; null: long ago.",
    },
    "StaffIn": {"end_time": "When he leaves; null: not known.", "start_time": "When he begins; null: now."},
    "StaffToken": {"token": "To be shown as a QR code, or put into a link."},
    "StockTask": {"kind": "What it is about, such as COUNT or LOW_CONFIDENCE.", "state": "OPEN, CLAIMED, RESOLVED."},
    "Store": {"kind": _LOCATION},
    "Suggestion": {
        "kind": "REBALANCE between places, or ALLOCATION of an arriving lot.",
        "state": "OPEN until somebody decides or a newer run supersedes it.",
        "quantity": "Base units that should move.",
    },
    "TerminalCode": {"code": "Typed once at the till or tablet."},
    "Tender": _TENDER,
    "TenderMovement": _TENDER,
    "Totals": {"tax_total": _TAX},
    "Transfer": {"state": "Where the transfer stands.", "lines": "One for each good."},
    "UnitMovement": {"kind": _MOVED, "quantity": "Signed change of on hand, in base units."},
    "UnitPoints": {"state": "PENDING, to be spent, run out, or taken back."},
    "UnitRef": {"first": "The first unit of the run, from 0.", "last": "The last unit of the run, inclusive."},
    "VerifyOtp": {"code": "The code that the telephone was sent."},
    "Warned": {"field": "Where, such as rules[2].start_time."},
    "Watermark": {"source": "The system that speaks.", "business_time": "The latest that it told."},
}

# of query parameters, where the name alone means something else
ASKED: Mapping[str, str] = {
    "brand": "Only of this brand; empty: all.",
    "channel": "The channel's code.",
    "channel_kind": "Only of this kind of channel; empty: both.",
    "kind": "Only of this kind; empty: all.",
    "page_size": "Rows to give.",
    "sku": "The good's SKU; where several are asked for, once for each.",
    "state": "Only in this state.",
    "tag": "Only with this tag; empty: all.",
}
