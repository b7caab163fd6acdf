"""Channels (渠道): how words leave the house other than through a page."""
