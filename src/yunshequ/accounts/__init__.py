"""Accounts (账号): signing in and out, passwords, one-time codes, devices."""
