"""Who may call what of the work on the floor: transfers, counts, tasks, variances, feeds."""

from gateway.http.routed import Route, Table
from kit.access import allow

_STAFF = allow(staff=True)
_MANAGER = allow(staff={"manager"})
_HQ = allow(hq=True)
_GOODS = allow(hq={"admin", "merchandiser"})
_CARE = allow(hq={"admin", "merchandiser", "service"})
_BULK = 1024 * 1024

FLOOR: Table = {
    ("GET", "/v1/staff/transfers"): Route("transfers.read", _STAFF),
    ("GET", "/v1/staff/transfers/{transfer_id}"): Route("transfers.read", _STAFF),
    ("POST", "/v1/staff/transfers/{transfer_id}/ship"): Route("transfers.move", _STAFF, cost=5),
    ("POST", "/v1/staff/transfers/{transfer_id}/receive"): Route("transfers.move", _STAFF, cost=5),
    ("GET", "/v1/staff/supply"): Route("supply.read", _STAFF),
    ("GET", "/v1/staff/supply/{document_id}"): Route("supply.read", _STAFF),
    ("POST", "/v1/staff/supply/{document_id}/receive"): Route("supply.receive", _STAFF, cost=5),
    ("GET", "/v1/staff/backorders"): Route("backorders.read", _STAFF),
    ("POST", "/v1/staff/counts"): Route("counts.open", _MANAGER, cost=2),
    ("GET", "/v1/staff/counts"): Route("counts.read", _STAFF),
    ("GET", "/v1/staff/counts/{session_id}"): Route("counts.read", _STAFF, cost=2),
    ("POST", "/v1/staff/counts/{session_id}/join"): Route("counts.count", _STAFF),
    ("POST", "/v1/staff/counts/{session_id}/release"): Route("counts.count", _STAFF),
    ("POST", "/v1/staff/counts/{session_id}/lines"): Route("counts.count", _STAFF, cost=2),
    ("POST", "/v1/staff/counts/{session_id}/submit"): Route("counts.count", _STAFF),
    ("POST", "/v1/staff/counts/{session_id}/recount"): Route("counts.decide", _MANAGER),
    ("POST", "/v1/staff/counts/{session_id}/approve"): Route("counts.decide", _MANAGER, cost=5),
    ("POST", "/v1/staff/counts/{session_id}/cancel"): Route("counts.decide", _MANAGER),
    ("GET", "/v1/staff/stock/tasks"): Route("stock_tasks.read", _STAFF),
    ("POST", "/v1/staff/stock/tasks/{task_id}/claim"): Route("stock_tasks.write", _STAFF),
    ("POST", "/v1/staff/stock/tasks/{task_id}/resolve"): Route("stock_tasks.write", _STAFF),
    ("GET", "/v1/staff/stock/variance-reasons"): Route("variance.read", _STAFF),
    ("POST", "/v1/staff/stock/variances"): Route("variance.post", _STAFF, cost=2),
    ("GET", "/v1/staff/stock/confidence"): Route("variance.read", _STAFF),
    ("POST", "/v1/hq/transfers"): Route("transfers.decide", _GOODS, cost=2),
    ("GET", "/v1/hq/transfers"): Route("transfers.read", _HQ),
    ("GET", "/v1/hq/transfers/{transfer_id}"): Route("transfers.read", _HQ),
    ("POST", "/v1/hq/transfers/{transfer_id}/approve"): Route("transfers.decide", _GOODS, cost=5),
    ("POST", "/v1/hq/transfers/{transfer_id}/cancel"): Route("transfers.decide", _GOODS),
    ("POST", "/v1/hq/transfers/{transfer_id}/close"): Route("transfers.decide", _GOODS, cost=2),
    ("PUT", "/v1/hq/supply"): Route("supply.write", _GOODS, cost=5),
    ("GET", "/v1/hq/supply"): Route("supply.read", _HQ),
    ("GET", "/v1/hq/supply/{document_id}"): Route("supply.read", _HQ),
    ("POST", "/v1/hq/supply/{document_id}/receive"): Route("supply.receive", _GOODS, cost=5),
    ("POST", "/v1/hq/supply/{document_id}/cancel"): Route("supply.write", _GOODS, cost=2),
    ("GET", "/v1/hq/backorders"): Route("backorders.read", _HQ),
    ("PUT", "/v1/hq/backorders/{owner_id}/priority"): Route("backorders.write", _CARE),
    ("POST", "/v1/hq/counts"): Route("counts.open", _GOODS, cost=2),
    ("GET", "/v1/hq/counts"): Route("counts.read", _HQ),
    ("GET", "/v1/hq/counts/{session_id}"): Route("counts.read", _HQ, cost=2),
    ("POST", "/v1/hq/counts/{session_id}/recount"): Route("counts.decide", _GOODS),
    ("POST", "/v1/hq/counts/{session_id}/approve"): Route("counts.decide", _GOODS, cost=5),
    ("POST", "/v1/hq/counts/{session_id}/cancel"): Route("counts.decide", _GOODS),
    ("GET", "/v1/hq/stock/tasks"): Route("stock_tasks.read", _HQ),
    ("POST", "/v1/hq/stock/tasks/{task_id}/claim"): Route("stock_tasks.write", _HQ),
    ("POST", "/v1/hq/stock/tasks/{task_id}/resolve"): Route("stock_tasks.write", _HQ),
    ("PUT", "/v1/hq/stock/variance-reasons"): Route("variance.reasons", _GOODS, cost=2),
    ("GET", "/v1/hq/stock/variance-reasons"): Route("variance.read", _HQ),
    ("POST", "/v1/hq/stock/variances"): Route("variance.post", _GOODS, cost=2),
    ("GET", "/v1/hq/stock/confidence"): Route("variance.read", _HQ),
    ("POST", "/v1/hq/stock/feeds"): Route("feeds.write", _GOODS, cost=10, body=_BULK),
    ("GET", "/v1/hq/stock/feeds"): Route("feeds.read", _HQ),
}
