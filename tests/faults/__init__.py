"""What the suite must survive: killed processes, lost servers, events twice and out of order, broken guards."""
