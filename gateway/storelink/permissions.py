"""Who may call what at the store door: terminals, and whoever is about to become one."""

from kit.access import Permissions, allow

_TILL = "/omo.storelink.v1.TillService/"
_COUNTER = "/omo.order.v1.CounterService/"
_TRANSFERS = "/omo.order.v1.TransferService/"
_TRYOUTS = "/omo.order.v1.TryoutService/"
_TERMINAL = allow(device=True)
# these prove something by what they carry: a one-time code, a credential
_ANYBODY = allow(anonymous=True)

PERMISSIONS: Permissions = {
    "/omo.storelink.v1.StoreLinkService/Session": ("storelink.session", _TERMINAL),
    f"{_TILL}EnrolTerminal": ("till.enrol", _ANYBODY),
    f"{_TILL}SignInTerminal": ("till.sign_in", _ANYBODY),
    f"{_TILL}SignInStaff": ("till.sign_in_staff", _TERMINAL),
    f"{_TILL}FindMember": ("till.find_member", _TERMINAL),
    f"{_TILL}GetMemberCodeKeys": ("till.find_member", _TERMINAL),
    f"{_TILL}EnrolMember": ("till.enrol_member", _TERMINAL),
    f"{_TILL}GetMemberPanel": ("till.member_panel", _TERMINAL),
    f"{_TILL}ListCalls": ("till.list_calls", _TERMINAL),
    f"{_TILL}RecordTrial": ("till.record_trial", _TERMINAL),
    f"{_TILL}AddWish": ("till.add_wish", _TERMINAL),
    f"{_TILL}ListConversations": ("till.conversations", _TERMINAL),
    f"{_TILL}ReadConversation": ("till.read_conversation", _TERMINAL),
    f"{_TILL}ReplyToConversation": ("till.reply", _TERMINAL),
    f"{_TILL}Quote": ("till.quote", _TERMINAL),
    f"{_TILL}GetWallet": ("till.wallet", _TERMINAL),
    f"{_TILL}HoldValue": ("till.hold_value", _TERMINAL),
    f"{_TILL}ReleaseValue": ("till.release_value", _TERMINAL),
    f"{_TILL}IssueVoucher": ("till.issue_voucher", _TERMINAL),
    f"{_TILL}FindGiftCard": ("till.find_gift_card", _TERMINAL),
    f"{_TILL}HoldStock": ("till.hold_stock", _TERMINAL),
    f"{_TILL}ExtendStock": ("till.extend_stock", _TERMINAL),
    f"{_TILL}ReleaseStock": ("till.release_stock", _TERMINAL),
    f"{_TILL}TakeCart": ("till.take_cart", _TERMINAL),
    f"{_TILL}ChangeCart": ("till.change_cart", _TERMINAL),
    f"{_TILL}ShowCartCode": ("till.show_cart_code", _TERMINAL),
    f"{_TILL}SettleCart": ("till.settle_cart", _TERMINAL),
    f"{_TILL}UnlockCart": ("till.unlock_cart", _TERMINAL),
    f"{_TILL}FindReceipt": ("till.find_receipt", _TERMINAL),
    f"{_TILL}SpoilInvoiceNumbers": ("till.spoil_numbers", _TERMINAL),
    f"{_TILL}ListTasks": ("till.list_tasks", _TERMINAL),
    f"{_TILL}AcceptFulfilment": ("till.accept_fulfilment", _TERMINAL),
    f"{_TILL}RejectFulfilment": ("till.reject_fulfilment", _TERMINAL),
    f"{_TILL}PickFulfilment": ("till.pick_fulfilment", _TERMINAL),
    f"{_TILL}ReadyFulfilment": ("till.ready_fulfilment", _TERMINAL),
    f"{_TILL}HandOverFulfilment": ("till.hand_over_fulfilment", _TERMINAL),
    # order's own, served here for tills
    f"{_COUNTER}HoldDelivery": ("till.hold_delivery", _TERMINAL),
    f"{_COUNTER}ReleaseDelivery": ("till.hold_delivery", _TERMINAL),
    f"{_COUNTER}PayOutUndelivered": ("till.pay_out", _TERMINAL),
    f"{_COUNTER}SettleVisit": ("till.settle_visit", _TERMINAL),
    f"{_COUNTER}GetVisit": ("till.settle_visit", _TERMINAL),
    f"{_TRANSFERS}RequestTransfer": ("till.transfers", _TERMINAL),
    f"{_TRANSFERS}CallOffTransfer": ("till.transfers", _TERMINAL),
    f"{_TRANSFERS}ListPickups": ("till.list_tasks", _TERMINAL),
    f"{_TRYOUTS}ReserveTryout": ("till.tryouts", _TERMINAL),
    f"{_TRYOUTS}GetTryout": ("till.tryouts", _TERMINAL),
    f"{_TRYOUTS}ListTryouts": ("till.tryouts", _TERMINAL),
    f"{_TRYOUTS}ReadyTryout": ("till.tryouts", _TERMINAL),
    f"{_TRYOUTS}BeginTryout": ("till.tryouts", _TERMINAL),
    f"{_TRYOUTS}ReleaseTryout": ("till.tryouts", _TERMINAL),
}
