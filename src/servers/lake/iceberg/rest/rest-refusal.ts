/** An answer that is an error in the protocol's own words. */
export class RestRefusal extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, { type, message }: { type: string; message: string }) {
    super(message);
    this.name = 'RestRefusal';
    this.status = status;
    this.type = type;
  }

  static conflict(message: string): RestRefusal {
    return new RestRefusal(409, { type: 'CommitFailedException', message });
  }

  static forbidden(message: string): RestRefusal {
    return new RestRefusal(403, { type: 'ForbiddenException', message });
  }

  static badRequest(message: string): RestRefusal {
    return new RestRefusal(400, { type: 'BadRequestException', message });
  }
}
