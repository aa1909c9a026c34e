"""Who may call what: one line per RPC, and what is not here nobody may."""

from kit.access import Permissions, allow
from kit.audit import PERMISSIONS as AUDIT

_CATALOGUE = "/omo.inventory.v1.CatalogueService/"
_SEARCH = "/omo.inventory.v1.SearchService/"
_ASSORTMENT = "/omo.inventory.v1.AssortmentService/"
_PRICES = "/omo.inventory.v1.PriceService/"
_IMPORTS = "/omo.inventory.v1.ImportService/"
_AVAILABILITY = "/omo.inventory.v1.AvailabilityService/"
_STOCK = "/omo.inventory.v1.StockService/"
_FACTS = "/omo.inventory.v1.StockFactService/"
_PLANNING = "/omo.inventory.v1.PlanningService/"
_SOURCING = "/omo.inventory.v1.SourcingService/"
_REPAIRS = "/omo.inventory.v1.RepairService/"
_TASKS = "/omo.inventory.v1.StockTaskService/"
_TRANSFERS = "/omo.inventory.v1.TransferService/"
_SUPPLY = "/omo.inventory.v1.SupplyService/"
_COUNTS = "/omo.inventory.v1.CountService/"
_VARIANCES = "/omo.inventory.v1.VarianceService/"
_FEEDS = "/omo.inventory.v1.StockFeedService/"
_LOTS = "/omo.inventory.v1.LotService/"

_DOORS = {"gateway", "storelink"}
_MERCHANDISE = allow(hq={"admin", "merchandiser"}, service={"operator"})
# the goods are what the shop shows to everybody
_LOOK = allow(anonymous=True)
_BEHIND = allow(staff=True, hq=True, device=True, service=True)
_BOOKS = allow(hq=True, service={"operator"})
# carts and tills, and order's checkouts; what is held for an order, only services touch
_PROMISE = allow(shop=True, staff=True, hq={"admin", "service"}, device=True, service={"order", "operator", *_DOORS})

CATALOGUE: Permissions = {
    f"{_CATALOGUE}PutProducts": ("catalogue.write", _MERCHANDISE),
    f"{_CATALOGUE}GetProduct": ("catalogue.read", _LOOK),
    f"{_CATALOGUE}FindVariant": ("catalogue.read", _LOOK),
    f"{_CATALOGUE}ListProducts": ("catalogue.read", _LOOK),
    f"{_CATALOGUE}PutLocations": ("catalogue.write", _MERCHANDISE),
    f"{_CATALOGUE}ListLocations": ("catalogue.read", _LOOK),
    f"{_CATALOGUE}PutLocationGroups": ("catalogue.write", _MERCHANDISE),
    f"{_CATALOGUE}ListLocationGroups": ("catalogue.groups", _BEHIND),
    f"{_CATALOGUE}PutChannels": ("catalogue.write", _MERCHANDISE),
    f"{_CATALOGUE}ListChannels": ("catalogue.read", _LOOK),
    f"{_CATALOGUE}PutPriceList": ("prices.write", _MERCHANDISE),
    f"{_CATALOGUE}GetPriceList": ("prices.read", _BEHIND),
    f"{_CATALOGUE}ListReferenceData": ("catalogue.snapshot", _BEHIND),
    f"{_SEARCH}SearchProducts": ("catalogue.search", _LOOK),
    f"{_ASSORTMENT}PutAssortments": ("assortment.write", _MERCHANDISE),
    f"{_ASSORTMENT}ListAssortments": ("assortment.read", _BEHIND),
    f"{_ASSORTMENT}CheckSellable": ("assortment.read", _BEHIND),
    f"{_PRICES}ListPriceLists": ("prices.read", _BEHIND),
    f"{_PRICES}ResolvePrice": ("prices.read", _BEHIND),
    f"{_PRICES}ListPriceGaps": ("prices.parity", _BOOKS),
    f"{_PRICES}ListPriceChanges": ("prices.history", _BOOKS),
    f"{_IMPORTS}CreateImport": ("catalogue.write", _MERCHANDISE),
    f"{_IMPORTS}UploadImportPart": ("catalogue.write", _MERCHANDISE),
    f"{_IMPORTS}StartImport": ("catalogue.write", _MERCHANDISE),
    f"{_IMPORTS}GetImport": ("catalogue.imports", _BOOKS),
    f"{_IMPORTS}ListImports": ("catalogue.imports", _BOOKS),
    f"{_IMPORTS}ListImportErrors": ("catalogue.imports", _BOOKS),
}

STOCK: Permissions = {
    f"{_STOCK}Hold": ("stock.hold", _PROMISE),
    f"{_STOCK}ExtendHold": ("stock.hold", _PROMISE),
    f"{_STOCK}Release": ("stock.release", _PROMISE),
    f"{_STOCK}GetHold": ("stock.hold", _PROMISE),
    f"{_STOCK}GetAvailability": ("stock.read", _LOOK),
    f"{_STOCK}PostMovements": ("stock.write", _MERCHANDISE),
    f"{_STOCK}ListMovements": ("stock.journal", allow(staff={"manager"}, hq=True, service={"operator"})),
    f"{_STOCK}ListShortfalls": ("stock.journal", allow(staff={"manager"}, hq=True, service={"operator"})),
    f"{_STOCK}DescribeUnits": ("stock.describe", allow(staff=True, hq=True, device=True, service=True)),
    f"{_FACTS}RecordStock": ("facts.stock", allow(device=True, service=_DOORS)),
}

# a store says what it cannot do
_STORES = allow(staff={"manager"}, hq={"admin", "service"}, service={"order", "operator", *_DOORS})
_CARE = allow(hq={"admin", "service"}, service={"operator"})

SOURCING: Permissions = {
    f"{_SOURCING}PutRuleSet": ("sourcing.write", _MERCHANDISE),
    f"{_SOURCING}ActivateRuleSet": ("sourcing.write", _MERCHANDISE),
    f"{_SOURCING}RetireRuleSet": ("sourcing.write", _MERCHANDISE),
    f"{_SOURCING}GetRuleSet": ("sourcing.rules", _BOOKS),
    f"{_SOURCING}ListRuleSets": ("sourcing.rules", _BOOKS),
    f"{_SOURCING}SimulateRuleSet": ("sourcing.simulate", _BOOKS),
    f"{_SOURCING}GetSourcing": ("sourcing.read", _BEHIND),
    f"{_SOURCING}ExplainSourcing": ("sourcing.read", _BEHIND),
    f"{_SOURCING}ListUnplaced": ("sourcing.queues", _BOOKS),
    f"{_SOURCING}RunQueue": ("sourcing.run", _CARE),
    # stores and headquarters reject tasks at order, which knows how far they are and tells it
    f"{_SOURCING}RejectAssignment": ("sourcing.reject", allow(service={"operator"})),
    # order asked the shopper
    f"{_SOURCING}ListPickupPlaces": ("sourcing.pickups", allow(service={"order", "operator"})),
    f"{_SOURCING}MovePickup": ("sourcing.move", allow(service={"order", "operator"})),
    "/omo.inventory.v1.ShipmentService/MoveShipment": ("sourcing.move", allow(service={"order", "operator"})),
    f"{_SOURCING}SendToStore": ("sourcing.send", allow(service={"order", "operator"})),
    f"{_SOURCING}PauseLocation": ("sourcing.pause", _STORES),
}

# those who stand among the goods, each for their own stores, and those who look after all of them
_FLOOR = allow(staff=True, hq={"admin", "merchandiser"}, service={"operator"})
_FLOOR_CHIEF = allow(staff={"manager"}, hq={"admin", "merchandiser"}, service={"operator"})
_FLOOR_LOOK = allow(staff=True, hq=True, service={"operator", "order"})
_ERP = allow(hq={"admin", "merchandiser"}, service=True)

FLOOR: Permissions = {
    f"{_TASKS}ListStockTasks": ("stock_tasks.read", _FLOOR_LOOK),
    f"{_TASKS}ClaimStockTask": ("stock_tasks.write", allow(staff=True, hq=True, service={"operator"})),
    f"{_TASKS}ResolveStockTask": ("stock_tasks.write", allow(staff=True, hq=True, service={"operator"})),
    f"{_TRANSFERS}CreateTransfer": ("transfers.decide", _MERCHANDISE),
    f"{_TRANSFERS}ApproveTransfer": ("transfers.decide", _MERCHANDISE),
    f"{_TRANSFERS}CancelTransfer": ("transfers.decide", _MERCHANDISE),
    f"{_TRANSFERS}CloseTransfer": ("transfers.decide", _MERCHANDISE),
    f"{_TRANSFERS}ShipTransfer": ("transfers.move", _FLOOR),
    f"{_TRANSFERS}ReceiveTransfer": ("transfers.move", _FLOOR),
    f"{_TRANSFERS}GetTransfer": ("transfers.read", _FLOOR_LOOK),
    f"{_TRANSFERS}ListTransfers": ("transfers.read", _FLOOR_LOOK),
    f"{_SUPPLY}PutSupply": ("supply.write", _ERP),
    f"{_SUPPLY}CancelSupply": ("supply.write", _ERP),
    f"{_SUPPLY}ReceiveSupply": ("supply.receive", allow(staff=True, hq={"admin", "merchandiser"}, service=True)),
    f"{_SUPPLY}GetSupply": ("supply.read", _FLOOR_LOOK),
    f"{_SUPPLY}ListSupply": ("supply.read", _FLOOR_LOOK),
    f"{_SUPPLY}ListBackorders": ("backorders.read", _FLOOR_LOOK),
    f"{_SUPPLY}PrioritizeBackorder": (
        "backorders.write",
        allow(hq={"admin", "merchandiser", "service"}, service={"operator"}),
    ),
    f"{_COUNTS}OpenCount": ("counts.open", _FLOOR_CHIEF),
    f"{_COUNTS}JoinCount": ("counts.count", _FLOOR),
    f"{_COUNTS}ReleaseCount": ("counts.count", _FLOOR),
    f"{_COUNTS}RecordCounts": ("counts.count", _FLOOR),
    f"{_COUNTS}SubmitCount": ("counts.count", _FLOOR),
    f"{_COUNTS}RecountLines": ("counts.decide", _FLOOR_CHIEF),
    f"{_COUNTS}ApproveCount": ("counts.decide", _FLOOR_CHIEF),
    f"{_COUNTS}CancelCount": ("counts.decide", _FLOOR_CHIEF),
    f"{_COUNTS}GetCount": ("counts.read", _FLOOR_LOOK),
    f"{_COUNTS}ListCounts": ("counts.read", _FLOOR_LOOK),
    f"{_VARIANCES}PutVarianceReasons": ("variance.reasons", _MERCHANDISE),
    f"{_VARIANCES}ListVarianceReasons": ("variance.read", _FLOOR_LOOK),
    f"{_VARIANCES}PostVariance": ("variance.post", _FLOOR),
    f"{_VARIANCES}ListConfidence": ("variance.read", _FLOOR_LOOK),
    f"{_LOTS}ListLots": ("lots.read", _FLOOR_LOOK),
    f"{_LOTS}SuggestLots": ("lots.read", _FLOOR_LOOK),
    f"{_LOTS}PickLots": ("lots.pick", _FLOOR),
    f"{_LOTS}CountLots": ("lots.count", _FLOOR),
    f"{_LOTS}RecallLot": ("lots.block", _MERCHANDISE),
    f"{_LOTS}ReleaseLot": ("lots.block", _MERCHANDISE),
    f"{_LOTS}TraceLot": ("lots.trace", allow(staff={"manager"}, hq=True, service={"operator"})),
    f"{_LOTS}ListPossibleTakers": ("lots.trace", _BOOKS),
    f"{_FEEDS}PostStockFeed": ("feeds.write", _ERP),
    f"{_FEEDS}ListFeedWatermarks": ("feeds.read", allow(hq=True, service=True)),
}

AVAILABILITY: Permissions = {
    f"{_AVAILABILITY}ReadStock": ("stock.read", _LOOK),
    f"{_AVAILABILITY}GetChannelStock": ("stock.read", _LOOK),
    f"{_AVAILABILITY}ExplainAvailability": ("availability.explain", _BEHIND),
    f"{_AVAILABILITY}PutAvailabilityRules": ("availability.write", _MERCHANDISE),
    f"{_AVAILABILITY}ActivateAvailabilityRules": ("availability.write", _MERCHANDISE),
    f"{_AVAILABILITY}GetAvailabilityRules": ("availability.rules", _BOOKS),
    f"{_AVAILABILITY}ListAvailabilityRules": ("availability.rules", _BOOKS),
    f"{_AVAILABILITY}PreviewAvailabilityRules": ("availability.rules", _BOOKS),
}

PLANNING: Permissions = {
    f"{_PLANNING}PutPlanningPolicy": ("planning.write", _MERCHANDISE),
    f"{_PLANNING}GetPlanningPolicy": ("planning.read", _BOOKS),
    f"{_PLANNING}ListPlanningRuns": ("planning.read", _BOOKS),
    f"{_PLANNING}ListDemandForecasts": ("planning.read", _BOOKS),
    f"{_PLANNING}ListSizeGaps": ("planning.read", _BOOKS),
    f"{_PLANNING}ListTransferSuggestions": ("planning.read", _BOOKS),
    f"{_PLANNING}GetTransferSuggestion": ("planning.read", _BOOKS),
    f"{_PLANNING}AcceptTransferSuggestion": ("transfers.decide", _MERCHANDISE),
    f"{_PLANNING}DeclineTransferSuggestion": ("transfers.decide", _MERCHANDISE),
    f"{_PLANNING}RequestLotAllocation": ("planning.write", _MERCHANDISE),
    f"{_PLANNING}GetLotAllocation": ("planning.read", _BOOKS),
}

_MENDERS = allow(hq={"admin"}, service={"operator"})

REPAIRS: Permissions = {
    f"{_REPAIRS}RecomputeLevel": ("stock.repair", _MENDERS),
    f"{_REPAIRS}EndOrphanHold": ("stock.repair", _MENDERS),
    f"{_REPAIRS}MendPromises": ("stock.repair", _MENDERS),
    f"{_REPAIRS}RecountLots": ("stock.repair", _MENDERS),
    f"{_REPAIRS}RecountWaiting": ("stock.repair", _MENDERS),
    f"{_REPAIRS}FreeEndedUnits": ("stock.repair", _MENDERS),
    f"{_REPAIRS}ListRepairs": ("stock.repairs", _BOOKS),
}

PERMISSIONS: Permissions = {**REPAIRS, **CATALOGUE, **AVAILABILITY, **STOCK, **SOURCING, **FLOOR, **PLANNING, **AUDIT}
