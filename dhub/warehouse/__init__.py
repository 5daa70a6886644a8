"""The star of the warehouse as files, reconciled with the six databases while it is written."""
