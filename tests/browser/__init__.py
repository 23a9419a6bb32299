"""The console's pages, walked in a real Chromium."""
