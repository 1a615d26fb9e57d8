/** Rejected records beyond this share of a file are a change of the feed, not dirt; where its contract says nothing of it. */
export const standardRejectedShare = 0.05;
