"""What somebody who waits for states can rely on; `flux-conform wait`."""
