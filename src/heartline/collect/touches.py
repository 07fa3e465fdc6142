"""The table from event names of the Segment spec to what people read on a map. docs/reference/mapping.md shows it.

Sources: the published specs for e-commerce (v2), e-mail, live chat, mobile, video, business software and A/B tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from heartline.records import Area


@dataclass(frozen=True, slots=True)
class Touch:
    """What an event name means: the touchpoint people read, the area, the action, and the channel.

    An empty channel is taken from the event's context. ``money``: +1 the customer pays ``revenue``, −1 gets it back,
    0 the event's amounts are no payment (a cart, or an order that is paid for by another event).
    """

    touchpoint: str
    area: str
    action: str
    channel: str = ""
    money: int = 0


_SALES: Final = Area.SALES.value
_MARKETING: Final = Area.MARKETING.value
_SERVICE: Final = Area.SERVICE.value
_PRODUCT: Final = Area.PRODUCT.value

TOUCHES: Final[dict[str, Touch]] = {
    # Browsing
    "Products Searched": Touch("Product search", _SALES, "search"),
    "Product List Viewed": Touch("Product list viewed", _SALES, "view"),
    "Product List Filtered": Touch("Product list filtered", _SALES, "search"),
    "Promotion Viewed": Touch("Promotion seen", _MARKETING, "view"),
    "Promotion Clicked": Touch("Promotion clicked", _MARKETING, "click"),
    "Product Clicked": Touch("Product clicked", _SALES, "click"),
    "Product Viewed": Touch("Product viewed", _SALES, "view"),
    "Product Shared": Touch("Product shared", _MARKETING, "share"),
    "Cart Shared": Touch("Cart shared", _MARKETING, "share"),
    "Product Reviewed": Touch("Product review", _PRODUCT, "rate"),
    # Cart and checkout
    "Product Added": Touch("Added to cart", _SALES, "add"),
    "Product Removed": Touch("Removed from cart", _SALES, "remove"),
    "Cart Viewed": Touch("Cart viewed", _SALES, "view"),
    "Product Added to Wishlist": Touch("Added to wishlist", _SALES, "add"),
    "Product Removed from Wishlist": Touch("Removed from wishlist", _SALES, "remove"),
    "Wishlist Product Added to Cart": Touch("Added to cart from wishlist", _SALES, "add"),
    "Coupon Entered": Touch("Coupon entered", _SALES, "add"),
    "Coupon Applied": Touch("Coupon applied", _SALES, "add"),
    "Coupon Denied": Touch("Coupon denied", _SALES, "fail"),
    "Coupon Removed": Touch("Coupon removed", _SALES, "remove"),
    "Checkout Started": Touch("Checkout started", _SALES, "start"),
    "Checkout Step Viewed": Touch("Checkout step viewed", _SALES, "view"),
    "Checkout Step Completed": Touch("Checkout step done", _SALES, "complete"),
    "Payment Info Entered": Touch("Payment details entered", _SALES, "pay"),
    # Orders
    "Order Completed": Touch("Order placed", _SALES, "buy", money=1),
    "Order Updated": Touch("Order changed", _SALES, "change"),
    "Order Cancelled": Touch("Order cancelled", _SALES, "cancel"),
    "Order Refunded": Touch("Order refunded", _SERVICE, "refund", money=-1),
    # E-mail
    "Email Delivered": Touch("E-mail delivered", _MARKETING, "receive", "email"),
    "Email Opened": Touch("E-mail opened", _MARKETING, "open", "email"),
    "Email Link Clicked": Touch("E-mail link clicked", _MARKETING, "click", "email"),
    "Email Bounced": Touch("E-mail bounced", _MARKETING, "fail", "email"),
    "Email Marked as Spam": Touch("E-mail marked as spam", _MARKETING, "complain", "email"),
    "Unsubscribed": Touch("Unsubscribed", _MARKETING, "leave", "email"),
    # Live chat
    "Live Chat Conversation Started": Touch("Chat started", _SERVICE, "start", "chat"),
    "Live Chat Message Sent": Touch("Chat message from customer", _SERVICE, "write", "chat"),
    "Live Chat Message Received": Touch("Chat message to customer", _SERVICE, "receive", "chat"),
    "Live Chat Conversation Ended": Touch("Chat ended", _SERVICE, "complete", "chat"),
    # Mobile
    "Application Installed": Touch("App installed", _PRODUCT, "start", "app"),
    "Application Opened": Touch("App opened", _PRODUCT, "open", "app"),
    "Application Foregrounded": Touch("App brought back", _PRODUCT, "open", "app"),
    "Application Backgrounded": Touch("App left", _PRODUCT, "leave", "app"),
    "Application Updated": Touch("App updated", _PRODUCT, "change", "app"),
    "Application Uninstalled": Touch("App uninstalled", _PRODUCT, "leave", "app"),
    "Application Crashed": Touch("App crashed", _PRODUCT, "fail", "app"),
    "Install Attributed": Touch("Install attributed", _MARKETING, "receive", "app"),
    "Deep Link Opened": Touch("App link opened", _MARKETING, "open", "app"),
    "Deep Link Clicked": Touch("App link clicked", _MARKETING, "click", "app"),
    "Push Notification Received": Touch("Push message received", _MARKETING, "receive", "push"),
    "Push Notification Tapped": Touch("Push message tapped", _MARKETING, "click", "push"),
    "Push Notification Bounced": Touch("Push message bounced", _MARKETING, "fail", "push"),
    # Accounts
    "Signed Up": Touch("Signed up", _PRODUCT, "start"),
    "Signed In": Touch("Signed in", _PRODUCT, "open"),
    "Signed Out": Touch("Signed out", _PRODUCT, "leave"),
    "Account Created": Touch("Account created", _PRODUCT, "start"),
    "Account Deleted": Touch("Account deleted", _PRODUCT, "leave"),
    "Account Added User": Touch("User added to account", _PRODUCT, "add"),
    "Account Removed User": Touch("User removed from account", _PRODUCT, "remove"),
    "Invite Sent": Touch("Invitation sent", _MARKETING, "share"),
    "Trial Started": Touch("Trial started", _SALES, "start"),
    "Trial Ended": Touch("Trial ended", _SALES, "complete"),
    # Video
    "Video Playback Started": Touch("Video started", _PRODUCT, "start"),
    "Video Playback Paused": Touch("Video paused", _PRODUCT, "change"),
    "Video Playback Resumed": Touch("Video resumed", _PRODUCT, "change"),
    "Video Playback Interrupted": Touch("Video interrupted", _PRODUCT, "fail"),
    "Video Playback Completed": Touch("Video watched to the end", _PRODUCT, "complete"),
    # Experiments
    "Experiment Viewed": Touch("Experiment seen", _PRODUCT, "view"),
}
"""Event names as the specs write them. They are matched whatever their case."""

PAGE: Final = Touch("Page viewed", "", "view", "web")
SCREEN: Final = Touch("Screen viewed", "", "view", "app")
"""What a page or screen call is where it has no name of its own."""
